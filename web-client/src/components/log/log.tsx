import { logParts } from "../../core/evidence";
import { clock, mediaTime, offset } from "../../core/format";
import { has, locale, t } from "../../core/text";
import type { LogEntry } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";

export function kindText(kind: string): string {
  const id = `log-${kind.replaceAll("_", "-")}`;
  return has(id) ? t(id) : kind.replaceAll("_", " ");
}

/** The court log by the parts of the recording; what happened on the record can be played from there. */
export function CourtLog({ entries, onPlay }: { entries: LogEntry[]; onPlay: (place: Place) => void }) {
  return (
    <Fold id="log" title={t("log-title")} sum={t("log-sum", { count: entries.length })}>
      {entries.length === 0 ? <p class="govuk-body">{t("log-none")}</p> : null}
      {logParts(entries).map(({ segment, entries: of }) => (
        <section key={of[0]?.seq} class="log__part" data-testid="log-part" data-segment={segment ?? ""}>
          <h3 class="log__heading">
            {segment === null ? t("log-off") : t("log-part", { segment })}
            <span class="log__span">{spanText(of)}</span>
          </h3>
          <ol class="log">
            {of.map((entry) => (
              <Row key={entry.seq} entry={entry} onPlay={onPlay} />
            ))}
          </ol>
        </section>
      ))}
    </Fold>
  );
}

/** From when to when a part of the log runs, and in which zone. */
function spanText(entries: LogEntry[]): string {
  const [from, to] = [entries[0]?.at ?? "", entries.at(-1)?.at ?? ""].map((at) => clock(at, locale.value));
  const zone = offset(entries[0]?.at ?? "");
  return `${from === to ? from : `${from}–${to}`} (${zone})`;
}

function Row({ entry, onPlay }: { entry: LogEntry; onPlay: (place: Place) => void }) {
  const { segment, media_ms: ms } = entry;
  return (
    <li class="log__row" data-kind={entry.kind}>
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
}
