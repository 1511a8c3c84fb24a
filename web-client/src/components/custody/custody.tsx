import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { type CustodyAct, foldCustody } from "../../core/evidence";
import { clock, mediaTime, shortDateTime, shortDateTimeInZone, zone } from "../../core/format";
import { stretchOf } from "../../core/played";
import { has, locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { CaseId, CustodyEntry, Hearing, PlayedAt } from "../../core/wire";
import { Fold } from "../fold/fold";
import { Hash } from "../hash/hash";
import { Icon, type IconName } from "../icon/icon";
import { kindText } from "../log/log";

const ICONS: Record<CustodyAct["state"], IconName> = {
  entered: "check",
  succeeded: "check",
  failed: "cross",
  open: "clock",
  unknown: "clock",
};

/** The chain of custody: who did what with the recording, each entry bound to the one before by its hash. */
export function Custody({ entries, caseId }: { entries: CustodyEntry[]; caseId: CaseId }) {
  const { api } = useApp();
  // The chain of custody names a hearing by its number alone; the case has its title.
  const shown = entries.some((entry) => entry.at_hearing);
  const file = useLoaded(async () => (shown ? api.caseFile(caseId) : null), [caseId, shown]);
  const hearings = file.value.value?.hearings ?? [];
  const acts = foldCustody(entries);
  return (
    <Fold id="custody" title={t("custody-title")} sum={t("custody-sum", { count: acts.length })}>
      <p class="govuk-body">{t("custody-text")}</p>
      <p class="govuk-hint">
        {t("times-in-zone", { zone: zone(entries[0]?.at ?? Date.now(), locale.value) })}
      </p>
      <ol class="log">
        {acts.map((act) => (
          <Act key={act.opened.seq} act={act} hearings={hearings} />
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

/** What was done with the recording at a hearing: at which, from where to where, and for whom as the browsers told. */
function AtHearing({ at, hearings }: { at: PlayedAt; hearings: Hearing[] }) {
  const hearing = hearings.find(({ id }) => id === at.hearing);
  const stretch = stretchOf(at.what);
  const place = (of: { part: number; ms: number }) =>
    t("log-playback-place", { part: of.part, at: mediaTime(of.ms) });
  const span = [
    stretch?.from ? t("log-playback-from", { place: place(stretch.from) }) : null,
    stretch?.to ? t("log-playback-to", { place: place(stretch.to) }) : null,
  ].filter((part) => part !== null);
  return (
    <span class="custody__about" data-testid="custody-at-hearing">
      <span class="custody__line">
        {hearing
          ? t("custody-at-hearing", {
              title: hearing.title,
              when: shortDateTimeInZone(hearing.listed_for, locale.value),
            })
          : t("custody-at-hearing-unknown", { id: at.hearing })}
      </span>
      {span.length > 0 ? <span class="custody__line">{span.join(" ")}</span> : null}
      {stretch?.shownTo ? (
        <span class="custody__line">{t("log-playback-shown-to", { names: stretch.shownTo })}</span>
      ) : null}
      {stretch?.notConfirmed ? (
        <span class="custody__line">{t("log-playback-not-confirmed", { names: stretch.notConfirmed })}</span>
      ) : null}
      {stretch?.shownTo || stretch?.notConfirmed ? (
        <span class="custody__line">{t("custody-by-browsers")}</span>
      ) : null}
    </span>
  );
}

/** What was done, in words; what the catalogue does not know stays the word of the entry. */
function actText({ act, at_hearing }: CustodyEntry): string {
  // This one precedes what the court log has, and is no word of it.
  if (at_hearing?.kind === "playback_asked_for") return t("custody-playback-asked-for");
  if (at_hearing) return kindText(at_hearing.kind);
  const id = `custody-${act.replaceAll("_", "-")}`;
  return has(id) ? t(id) : act;
}

function Act({ act, hearings }: { act: CustodyAct; hearings: Hearing[] }) {
  const { opened, completed, state } = act;
  const about = aboutText(opened);
  const outcome = opened.act === "verified" ? `custody-verified-${state}` : `custody-state-${state}`;
  return (
    <li class="log__row" data-testid="custody-act" data-act={opened.act} data-state={state}>
      <time class="log__time" dateTime={opened.at}>
        {shortDateTime(opened.at, locale.value)}
      </time>
      <span class="log__what">
        <strong>{actText(opened)}</strong> {whoText(opened.by)}
        {about ? <span class="custody__about">{about}</span> : null}
        {opened.at_hearing ? <AtHearing at={opened.at_hearing} hearings={hearings} /> : null}
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
