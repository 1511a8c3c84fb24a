import { shortDateTime } from "../../core/format";
import { has, locale, t } from "../../core/text";
import type { CustodyEntry } from "../../core/wire";

/** The chain of custody: who did what with the recording, each entry bound to the one before by its hash. */
export function Custody({ entries }: { entries: CustodyEntry[] }) {
  return (
    <section class="card" aria-labelledby="custody">
      <h2 id="custody" class="govuk-heading-m">
        {t("custody-title")}
      </h2>
      <p class="govuk-body">{t("custody-text")}</p>
      <ol class="log">
        {entries.map((entry) => {
          const id = `custody-${entry.act.replaceAll("_", "-")}`;
          return (
            <li key={entry.seq} class="log__row">
              <time class="log__time" dateTime={entry.at}>
                {shortDateTime(entry.at, locale.value)}
              </time>
              <span class="log__what">
                <strong>{has(id) ? t(id) : entry.act}</strong> {entry.by}
                <span class="hash">{entry.hash}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
