import { logParts } from "../../core/evidence";
import { clock, mediaTime, offset } from "../../core/format";
import { stretchOf } from "../../core/played";
import { has, locale, t } from "../../core/text";
import type { LogEntry } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";
import { Link } from "../shell/shell";

export function kindText(kind: string): string {
  const id = `log-${kind.replaceAll("_", "-")}`;
  return has(id) ? t(id) : kind.replaceAll("_", " ");
}

interface CourtLogProps {
  entries: LogEntry[];
  /** Parts that are not in this recording. */
  elsewhere: number[];
  /** The recordings of the hearing in which they are, as far as known. */
  found: Map<number, string>;
  onPlay: (place: Place) => void;
}

/** The court log by its parts on the record; what is in this recording can be played from there. */
export function CourtLog({ entries, elsewhere, found, onPlay }: CourtLogProps) {
  return (
    <Fold id="log" title={t("log-title")} sum={t("log-sum", { count: entries.length })}>
      {entries.length === 0 ? <p class="govuk-body">{t("log-none")}</p> : null}
      {logParts(entries).map(({ segment, entries: of }) => (
        <section key={of[0]?.seq} class="log__part" data-testid="log-part" data-segment={segment ?? ""}>
          <h3 class="log__heading">
            {segment === null ? t("log-off") : t("log-part", { segment })}
            <span class="log__span">{spanText(of)}</span>
          </h3>
          {segment !== null && elsewhere.includes(segment) ? (
            <Elsewhere segment={segment} recording={found.get(segment)} />
          ) : null}
          <ol class="log">
            {of.map((entry) => (
              <Row
                key={entry.seq}
                entry={entry}
                onPlay={elsewhere.includes(entry.segment ?? 0) ? null : onPlay}
              />
            ))}
          </ol>
        </section>
      ))}
    </Fold>
  );
}

/** Of a part that cannot be played here: where it is. */
function Elsewhere({ segment, recording }: { segment: number; recording: string | undefined }) {
  if (!recording) return <p class="log__elsewhere">{t("log-not-here")}</p>;
  return (
    <p class="log__elsewhere">
      {t("log-elsewhere")}{" "}
      <Link href={`/recording/${recording}`} testid="part-elsewhere">
        {t("log-elsewhere-open", { segment })}
      </Link>
    </p>
  );
}

/** From when to when a part of the log runs, and in which zone. */
function spanText(entries: LogEntry[]): string {
  const [from, to] = [entries[0]?.at ?? "", entries.at(-1)?.at ?? ""].map((at) => clock(at, locale.value));
  const zone = offset(entries[0]?.at ?? "");
  return `${from === to ? from : `${from}–${to}`} (${zone})`;
}

/** The text of an entry: as it is, or of a recording that was played, in words. */
function Said({ entry }: { entry: LogEntry }) {
  const played = entry.kind.startsWith("playback_") ? stretchOf(entry.text) : null;
  if (!played) return entry.text ? <q class="log__text">{entry.text}</q> : null;
  const place = (at: { part: number; ms: number }) =>
    t("log-playback-place", { part: at.part, at: mediaTime(at.ms) });
  return (
    <span class="log__text">
      {played.from ? ` ${t("log-playback-from", { place: place(played.from) })}` : ""}
      {played.to ? ` ${t("log-playback-to", { place: place(played.to) })}` : ""}
      {played.shownTo ? ` · ${t("log-playback-shown-to", { names: played.shownTo })}` : ""}
      {played.notConfirmed ? ` · ${t("log-playback-not-confirmed", { names: played.notConfirmed })}` : ""}{" "}
      <Link href={`/recording/${played.recording}`}>{t("log-playback-recording")}</Link>
    </span>
  );
}

/** What happened, with whom, and by whose act. */
export function EntryText({ entry }: { entry: LogEntry }) {
  return (
    <>
      <strong>{kindText(entry.kind)}</strong>
      {entry.about ? ` ${entry.about}` : ""}
      <Said entry={entry} />
      {entry.by ? <span class="log__by">{t("log-by", { name: entry.by })}</span> : null}
    </>
  );
}

function Row({ entry, onPlay }: { entry: LogEntry; onPlay: ((place: Place) => void) | null }) {
  const { segment, media_ms: ms } = entry;
  return (
    <li class="log__row" data-kind={entry.kind}>
      <time class="log__time" dateTime={entry.at}>
        {clock(entry.at, locale.value)}
      </time>
      <span class="log__what">
        <EntryText entry={entry} />
      </span>
      {onPlay && segment !== null && ms !== null ? (
        <button type="button" class="log__play" onClick={() => onPlay({ segment, ms })}>
          {t("log-play", { at: mediaTime(ms) })}
          <span class="govuk-visually-hidden"> {kindText(entry.kind)}</span>
        </button>
      ) : null}
    </li>
  );
}
