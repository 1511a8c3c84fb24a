import type { LogEntry, RecordedTrack, Recording, RedactedInterval, RedactionKind, Segment } from "./wire";

/** A moment on the clock of a part, as a person writes it: `1:02:03.5`, `4:07` or `12.25`. Milliseconds; null for anything else. */
export function parseTime(text: string): number | null {
  const found = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [, hours, minutes, seconds, fraction] = found;
  const [h, m, s] = [Number(hours ?? 0), Number(minutes ?? 0), Number(seconds)];
  if ((minutes !== undefined && s > 59) || (hours !== undefined && m > 59)) return null;
  return (h * 3600 + m * 60 + s) * 1000 + Number((fraction ?? "").padEnd(3, "0"));
}

/** The same the other way round, to the millisecond: what is read back is what was meant. */
export function exactTime(ms: number): string {
  const all = Math.max(0, Math.round(ms));
  const [hours, minutes, seconds] = [
    Math.floor(all / 3_600_000),
    Math.floor(all / 60_000) % 60,
    Math.floor(all / 1000) % 60,
  ];
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = `.${String(all % 1000).padStart(3, "0")}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}${rest}` : `${minutes}:${two(seconds)}${rest}`;
}

/** Who can be muted or covered in a part: those of whom it has a sound, or a picture. By identifier and name. */
export function peopleFor(
  kind: RedactionKind,
  tracks: RecordedTrack[],
  segment: number,
): Map<string, string> {
  const people = new Map<string, string>();
  if (kind === "cut") return people;
  for (const track of tracks)
    if (track.segment === segment && (track.source === "microphone") === (kind === "mute"))
      people.set(track.participant, track.name);
  return people;
}

/** Why an interval cannot be ordered; null when it can. The server asks the same. */
export function intervalFault(interval: RedactedInterval, segments: Segment[]): "order" | "outside" | null {
  if (interval.from_ms >= interval.to_ms) return "order";
  const segment = segments.find((s) => s.segment === interval.segment);
  return segment && interval.to_ms <= segment.duration_ms ? null : "outside";
}

/** Where a moment of a part stands in a film that has all parts one after another, in seconds. */
export function filmSeconds(recording: Recording, segment: number, ms: number): number {
  let before = 0;
  for (const part of recording.segments) {
    if (part.segment === segment) break;
    before += part.duration_ms;
  }
  return (before + ms) / 1000;
}

/** Most entries of the court log that an order names, as the server has it. */
export const NAMED_MAX = 100;
/** By so many milliseconds every interval is widened on both sides. */
const MARGIN_MS = 200;
/** Entries that say when the record ran, and how it ended: they stay, without their text. */
const FRAMING = new Set([
  "on_record",
  "off_record",
  "began",
  "paused",
  "resumed",
  "suspended",
  "adjourned",
  "closed",
  "interrupted",
  "record_failed",
  "record_restored",
]);

/** Why an entry of the court log is taken out: the order names it, or an interval has it. */
export interface LeftOut {
  named: boolean;
  byInterval: boolean;
  /** It stays, without its text. */
  frame: boolean;
}

/** What an order takes out of the court log, by the numbers of the entries. */
export function leftOutOf(
  log: LogEntry[],
  intervals: RedactedInterval[],
  named: readonly number[],
): Map<number, LeftOut> {
  const found = new Map<number, LeftOut>();
  for (const entry of log) {
    const { media_ms: ms, segment } = entry;
    const byInterval =
      ms !== null &&
      intervals.some(
        (one) => one.segment === segment && ms >= one.from_ms - MARGIN_MS && ms <= one.to_ms + MARGIN_MS,
      );
    const isNamed = named.includes(entry.seq);
    if (byInterval || isNamed)
      found.set(entry.seq, { named: isNamed, byInterval, frame: FRAMING.has(entry.kind) });
  }
  return found;
}
