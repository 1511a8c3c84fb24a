import { type CustodyAct, foldCustody } from "../../core/evidence";
import { clock, mediaTime, shortDateTime, zone } from "../../core/format";
import { has, locale, t } from "../../core/text";
import type { CustodyEntry } from "../../core/wire";
import { Fold } from "../fold/fold";
import { Hash } from "../hash/hash";
import { Icon, type IconName } from "../icon/icon";

const ICONS: Record<CustodyAct["state"], IconName> = {
  entered: "check",
  succeeded: "check",
  failed: "cross",
  open: "clock",
};

/** The chain of custody: who did what with the recording, each entry bound to the one before by its hash. */
export function Custody({ entries }: { entries: CustodyEntry[] }) {
  const acts = foldCustody(entries);
  return (
    <Fold id="custody" title={t("custody-title")} sum={t("custody-sum", { count: acts.length })}>
      <p class="govuk-body">{t("custody-text")}</p>
      <p class="govuk-hint">
        {t("times-in-zone", { zone: zone(entries[0]?.at ?? Date.now(), locale.value) })}
      </p>
      <ol class="log">
        {acts.map((act) => (
          <Act key={act.opened.seq} act={act} />
        ))}
      </ol>
    </Fold>
  );
}

/** Whom it was released to, by which request, what was played: as far as the entry says so. */
function aboutText({ request, to, played }: CustodyEntry): string {
  const span = played ? { from: mediaTime(played.from_ms), to: mediaTime(played.to_ms) } : null;
  return [
    span && played?.segment ? t("custody-about-part", { ...span, part: played.segment }) : null,
    span && !played?.segment ? t("custody-about-span", span) : null,
    to ? t("custody-about-to", { name: to }) : null,
    request ? t("request-number", { number: request }) : null,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

function Act({ act }: { act: CustodyAct }) {
  const { opened, completed, state } = act;
  const id = `custody-${opened.act.replaceAll("_", "-")}`;
  const about = aboutText(opened);
  const outcome = opened.act === "verified" ? `custody-verified-${state}` : `custody-state-${state}`;
  return (
    <li class="log__row" data-testid="custody-act" data-act={opened.act} data-state={state}>
      <time class="log__time" dateTime={opened.at}>
        {shortDateTime(opened.at, locale.value)}
      </time>
      <span class="log__what">
        <strong>{has(id) ? t(id) : opened.act}</strong> {opened.by}
        {about ? <span class="custody__about">{about}</span> : null}
        {state === "entered" ? null : (
          <span class={`custody__state custody__state--${state}`}>
            <Icon name={ICONS[state]} /> {t(outcome)}
            {completed ? ` (${clock(completed.at, locale.value)})` : ""}
          </span>
        )}
        <Hash hex={opened.hash} />
        {completed ? <Hash hex={completed.hash} /> : null}
      </span>
    </li>
  );
}
