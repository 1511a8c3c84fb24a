import type { Api } from "./api";
import type { CustodyEntry, Gap, LogEntry, RecordedTrack, Recording, Source } from "./wire";

/** Gaps of one person, in sound or in picture, for one reason. */
export interface GapFold {
  /** The track's person; the file's name when no track is known. */
  name: string;
  source: Source | null;
  cause: string;
  totalMs: number;
  gaps: Gap[];
}

/** A stretch of time, in milliseconds from the segment's start. */
type Stretch = readonly [from: number, to: number];

/** The stretches in order, those that touch made one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (const [from, to] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (to <= from) continue;
    if (last && from <= last[1]) out[out.length - 1] = [last[0], Math.max(last[1], to)];
    else out.push([from, to]);
  }
  return out;
}

/** What is in both, of stretches in order that do not touch. */
function common(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (let i = 0, j = 0; ; ) {
    const [one, other] = [a[i], b[j]];
    if (!one || !other) return out;
    const [from, to] = [Math.max(one[0], other[0]), Math.min(one[1], other[1])];
    if (from < to) out.push([from, to]);
    if (one[1] < other[1]) i++;
    else j++;
  }
}

/** Takes out of stretches, which are in order and do not touch, what of them lies within a gap, and gives that. */
function take(open: Stretch[], [from, to]: Stretch): Stretch[] {
  let [first, after] = [0, open.length];
  while (first < after) {
    const middle = (first + after) >> 1;
    if ((open[middle]?.[1] ?? 0) > from) after = middle;
    else first = middle + 1;
  }
  const taken: Stretch[] = [];
  const rest: Stretch[] = [];
  let next = first;
  for (let one = open[next]; from < to && one && one[0] < to; one = open[++next]) {
    taken.push([Math.max(one[0], from), Math.min(one[1], to)]);
    if (one[0] < from) rest.push([one[0], from]);
    if (one[1] > to) rest.push([to, one[1]]);
  }
  open.splice(first, next - first, ...rest);
  return taken;
}

/** That a file had not begun or was over says least of why something is missing. */
const SAYS_LEAST: readonly string[] = ["ended", "not_started"];

/**
 * What is really missing. A microphone or camera that came back goes on in a further file, and each of its files is
 * declared missing for as long as the others run: a moment is missing only where no file of the source has it, and it
 * is counted once.
 */
export function missing(gaps: Gap[], tracks: RecordedTrack[]): Gap[] {
  const sources = new Map<string, { files: Set<string>; gaps: Gap[] }>();
  const keyOf = (file: string, segment: number) => {
    const track = tracks.find((x) => x.file === file);
    return JSON.stringify(track ? [segment, track.participant, track.source] : [segment, file]);
  };
  for (const { file, segment } of tracks)
    getOr(sources, keyOf(file, segment), () => ({ files: new Set<string>(), gaps: [] })).files.add(file);
  for (const gap of gaps) {
    const of = getOr(sources, keyOf(gap.file, gap.segment), () => ({ files: new Set<string>(), gaps: [] }));
    of.files.add(gap.file);
    of.gaps.push(gap);
  }
  const out: Gap[] = [];
  for (const { files, gaps: declared } of sources.values()) {
    const open = [...files].map((file) => holesOf(file, declared, tracks)).reduce(common);
    const telling = [...declared].sort((a, b) => SAYS_LEAST.indexOf(a.cause) - SAYS_LEAST.indexOf(b.cause));
    for (const gap of telling) {
      for (const [from_ms, to_ms] of take(open, [gap.from_ms, gap.to_ms]))
        out.push({ ...gap, from_ms, to_ms });
    }
  }
  return out;
}

/** Where a file has nothing: as declared, and from its end on, which nobody declares any more after a crash. */
function holesOf(file: string, declared: readonly Gap[], tracks: readonly RecordedTrack[]): Stretch[] {
  const end = tracks.find((x) => x.file === file)?.duration_ms;
  const own = declared.filter((g) => g.file === file).map((g): Stretch => [g.from_ms, g.to_ms]);
  return joined(end === undefined ? own : [...own, [end, Number.POSITIVE_INFINITY]]);
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Long lists say little: what is missing by person, source and cause, the longest in all first. */
export function foldGaps(gaps: Gap[], tracks: RecordedTrack[]): GapFold[] {
  const folds = new Map<string, GapFold>();
  const ordered = missing(gaps, tracks).sort((a, b) => a.segment - b.segment || a.from_ms - b.from_ms);
  for (const gap of ordered) {
    const track = tracks.find((x) => x.file === gap.file);
    const key = JSON.stringify([track?.participant ?? gap.file, track?.source, gap.cause]);
    const fold = folds.get(key) ?? {
      name: track?.name ?? gap.file,
      source: track?.source ?? null,
      cause: gap.cause,
      totalMs: 0,
      gaps: [],
    };
    fold.gaps.push(gap);
    fold.totalMs += Math.max(0, gap.to_ms - gap.from_ms);
    folds.set(key, fold);
  }
  return [...folds.values()].sort((a, b) => b.totalMs - a.totalMs);
}

/** Gaps this close to each other hold no picture worth opening on, in milliseconds. */
const SLIVER_MS = 40;

/** The first moment of a segment at which some picture was recorded; null when there is none at all. */
export function firstPictureMs(tracks: RecordedTrack[], gaps: Gap[], segment: number): number | null {
  let first: number | null = null;
  for (const track of tracks) {
    if (track.segment !== segment || track.source === "microphone") continue;
    let at = 0;
    const holes = gaps.filter((g) => g.file === track.file && g.segment === segment);
    for (const gap of holes.sort((a, b) => a.from_ms - b.from_ms)) {
      if (gap.from_ms > at + SLIVER_MS) break;
      at = Math.max(at, gap.to_ms);
    }
    if (at < track.duration_ms && (first === null || at < first)) first = at;
  }
  return first;
}

/** A run of log entries: those of one part on the record, or those between two parts. */
export interface LogPart {
  /** The part's number; null for what happened off the record. */
  segment: number | null;
  entries: LogEntry[];
}

/** The court log by the parts of the recording, in order; no entry is left out. */
export function logParts(entries: LogEntry[]): LogPart[] {
  const parts: LogPart[] = [];
  for (const entry of entries) {
    const last = parts.at(-1);
    if (last && last.segment === entry.segment) last.entries.push(entry);
    else parts.push({ segment: entry.segment, entries: [entry] });
  }
  return parts;
}

/** Words of the court log for what begins time on record, and for what ends it. */
const BEGINS = ["on_record", "resumed", "record_restored"];
export const ENDS = [
  "off_record",
  "paused",
  "suspended",
  "adjourned",
  "closed",
  "interrupted",
  "record_failed",
];

/** Whether it was a stop of the server that ended the recording, and no act of the court. */
export function endedByServer(log: LogEntry[]): boolean {
  const begun = log.findLastIndex((entry) => BEGINS.includes(entry.kind));
  const ends = log.slice(begun + 1).filter((entry) => ENDS.includes(entry.kind));
  // What the court ended before is not ended by the server.
  return ends[0]?.kind === "suspended" && ends.every((entry) => entry.by === null);
}

/**
 * Parts that the court log tells of and that are not in this recording: after a failure the hearing goes on in a further
 * one, and the log is that of the whole hearing.
 */
export function partsElsewhere({ log, segments }: Pick<Recording, "log" | "segments">): number[] {
  const here = new Set(segments.map((s) => s.segment));
  return [...new Set(log.flatMap((e) => (e.segment === null || here.has(e.segment) ? [] : [e.segment])))];
}

/** How many recordings of a hearing are asked which parts they hold; more failures than that have no hearing. */
const ASKED_MAX = 20;

/** In which recordings of the hearing the parts are that are not in this one. What is not sealed yet is in none. */
export async function findParts(
  recording: Recording,
  api: Pick<Api, "caseFile" | "recording">,
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const wanted = new Set(partsElsewhere(recording));
  if (wanted.size === 0) return found;
  const { hearing, recording: own } = recording.evidence;
  const file = await api.caseFile(recording.case.id);
  const others = file.evidence.filter((e) => e.hearing === hearing && e.recording !== own && !e.derived_from);
  for (const other of others.slice(0, ASKED_MAX)) {
    if ([...wanted].every((part) => found.has(part))) break;
    const { segments } = await api.recording(other.recording);
    for (const { segment } of segments) if (wanted.has(segment)) found.set(segment, other.recording);
  }
  return found;
}

/** One act with a recording: entered at once, or when it began and when it ended. */
export interface CustodyAct {
  opened: CustodyEntry;
  completed: CustodyEntry | null;
  /** `entered` for an act of one entry, `open` for one whose end was never entered. */
  state: "entered" | "open" | "succeeded" | "failed" | "unknown";
}

/** The two entries of an act that takes time become one act with its outcome; nothing of the chain is left out. */
export function foldCustody(entries: CustodyEntry[]): CustodyAct[] {
  const acts: CustodyAct[] = [];
  const open = new Map<number, CustodyAct>();
  for (const entry of entries) {
    const begun = open.get(entry.opened_by ?? 0);
    if (entry.phase === "completed" && begun) {
      begun.completed = entry;
      begun.state = entry.outcome ?? "succeeded";
      open.delete(begun.opened.seq);
      continue;
    }
    const act: CustodyAct = {
      opened: entry,
      completed: null,
      state: entry.phase === "opened" ? "open" : (entry.outcome ?? "entered"),
    };
    if (entry.phase === "opened") open.set(entry.seq, act);
    acts.push(act);
  }
  return acts;
}

/** Recordings as they were made, the earliest first: their ids begin with the time (UUID version 7). */
export function inOrder<T extends { recording: string }>(recordings: readonly T[]): T[] {
  return [...recordings].sort((a, b) => (a.recording < b.recording ? -1 : a.recording > b.recording ? 1 : 0));
}
