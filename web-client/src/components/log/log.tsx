import { clock, mediaTime } from "../../core/format";
import { has, locale, t } from "../../core/text";
import type { LogEntry } from "../../core/wire";
import type { Place } from "../player/player";

export function kindText(kind: string): string {
  const id = `log-${kind.replaceAll("_", "-")}`;
  return has(id) ? t(id) : kind.replaceAll("_", " ");
}

/** The court log, in order; what happened on the record can be played from there. */
export function CourtLog({ entries, onPlay }: { entries: LogEntry[]; onPlay: (place: Place) => void }) {
  return (
    <section class="card" aria-labelledby="log">
      <h2 id="log" class="govuk-heading-m">
        {t("log-title")}
      </h2>
      {entries.length === 0 ? <p class="govuk-body">{t("log-none")}</p> : null}
      <ol class="log">
        {entries.map((entry) => {
          const { segment, media_ms: ms } = entry;
          return (
            <li key={entry.seq} class="log__row" data-kind={entry.kind}>
              <time class="log__time" dateTime={entry.at}>
                {clock(entry.at, locale.value)}
              </time>
              <span class="log__what">
                <strong>{kindText(entry.kind)}</strong>
                {entry.about ? ` ${entry.about}` : ""}
                {entry.text ? <q class="log__text">{entry.text}</q> : null}
                {entry.by ? <span class="log__by">{t("log-by", { name: entry.by })}</span> : null}
              </span>
              {segment !== null && ms !== null ? (
                <button type="button" class="log__play" onClick={() => onPlay({ segment, ms })}>
                  {t("log-play", { at: mediaTime(ms) })}
                  <span class="govuk-visually-hidden"> {kindText(entry.kind)}</span>
                </button>
              ) : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
