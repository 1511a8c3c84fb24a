import { ENDS, missing } from "./evidence";
import { isSpeech, speakers } from "./speech";
import type { Annotation, Gap, LogEntry, RecordedTrack, Recording, Role, Source } from "./wire";

/** A stretch of the part's time, in milliseconds. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** What one person did not send, or was not recorded of them, for one reason. */
export interface LaneGaps {
  source: Source;
  cause: string;
  spans: Span[];
}

/** One person on the timeline of a part. */
export interface Lane {
  participant: string;
  name: string;
  /** Null for somebody who spoke and of whom no file is there. */
  role: Role | null;
  spoke: Span[];
  gaps: LaneGaps[];
}

/** The people of a part: those with files in the order of the files, then who else was heard. */
export function lanesOf(
  { tracks, gaps, log }: Pick<Recording, "tracks" | "gaps" | "log">,
  segment: number,
  durationMs: number,
): Lane[] {
  const lanes = new Map<string, Lane>();
  const lane = (participant: string, name: string, role: Role | null): Lane => {
    const known = lanes.get(participant) ?? { participant, name, role, spoke: [], gaps: [] };
    lanes.set(participant, known);
    return known;
  };
  const here = tracks.filter((track) => track.segment === segment);
  for (const { participant, name, role } of here) lane(participant, name, role);
  for (const { participant, name, spells } of speakers(log)) {
    const own = spells.filter((spell) => spell.segment === segment);
    if (own.length === 0) continue;
    // One without an end was cut off by a failure: it began, and nothing says for how long.
    const spoke = own.map(({ from_ms, to_ms }) => ({ fromMs: from_ms, toMs: to_ms ?? from_ms }));
    lane(participant, name, null).spoke.push(...spoke);
  }
  for (const gap of missing(
    gaps.filter((g) => g.segment === segment),
    here,
  )) {
    const track = ownerOf(gap, here);
    if (!track) continue;
    const of = lane(track.participant, track.name, track.role);
    let fold = of.gaps.find((g) => g.source === track.source && g.cause === gap.cause);
    if (!fold) {
      fold = { source: track.source, cause: gap.cause, spans: [] };
      of.gaps.push(fold);
    }
    fold.spans.push({ fromMs: gap.from_ms, toMs: Math.min(gap.to_ms, durationMs) });
  }
  for (const { spoke, gaps: folds } of lanes.values())
    for (const spans of [spoke, ...folds.map((f) => f.spans)]) spans.sort((a, b) => a.fromMs - b.fromMs);
  return [...lanes.values()];
}

const ownerOf = (gap: Gap, tracks: RecordedTrack[]): RecordedTrack | undefined =>
  tracks.find((track) => track.file === gap.file);

/** How finely a line is drawn: as many steps as a wide screen has pixels for it. */
export const STEPS = 1_000;

/**
 * Spans as they are drawn on a line of `STEPS` steps: each at least one step wide, so that it is in sight, and what is
 * closer to each other than a step drawn as one. However many there are, no more than half as many as steps come out.
 */
export function drawn(spans: readonly Span[], durationMs: number): Array<{ from: number; to: number }> {
  const out: Array<{ from: number; to: number }> = [];
  const step = (ms: number) => (Math.max(0, Math.min(ms, durationMs)) / durationMs) * STEPS;
  if (durationMs <= 0) return out;
  for (const { fromMs, toMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const from = Math.min(Math.floor(step(fromMs)), STEPS - 1);
    const to = Math.max(from + 1, Math.ceil(step(toMs)));
    const last = out.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

/** The same as the path of one drawing, in steps by `height`. */
export function path(spans: readonly Span[], durationMs: number, top: number, height: number): string {
  return drawn(spans, durationMs)
    .map(({ from, to }) => `M${from} ${top}h${to - from}v${height}h${from - to}z`)
    .join("");
}

/** Where a spell began after a moment, or the last one before it; null when there is none. */
export function spellAfter(spoke: readonly Span[], atMs: number): number | null {
  return spoke.find((s) => s.fromMs > atMs + NEAR_MS)?.fromMs ?? null;
}
export function spellBefore(spoke: readonly Span[], atMs: number): number | null {
  return spoke.findLast((s) => s.fromMs < atMs - NEAR_MS)?.fromMs ?? null;
}
/** Whoever has just gone to a spell stands in it, and wants the next one. */
const NEAR_MS = 1_000;

const within = (atMs: number) => (span: Span) => atMs >= span.fromMs && atMs < span.toMs;

/** Who is noted as speaking at a moment. */
export function speakingAt(lanes: readonly Lane[], atMs: number): Lane[] {
  return lanes.filter((lane) => lane.spoke.some(within(atMs)));
}

/** What is missing at a moment, and of whom. */
export function missingAt(
  lanes: readonly Lane[],
  atMs: number,
): Array<{ name: string; source: Source; cause: string }> {
  return lanes.flatMap(({ name, gaps }) =>
    gaps
      .filter(({ spans }) => spans.some(within(atMs)))
      .map(({ source, cause }) => ({ name, source, cause })),
  );
}

/** An entry of the court log at its place in a part. */
export interface Cue {
  ms: number;
  entry: LogEntry;
}

/** What the court log has of a part, in order; at its end what ended it, which is itself off the record. */
export function cuesOf(log: readonly LogEntry[], segment: number, durationMs: number): Cue[] {
  const cues: Cue[] = [];
  let inside = false;
  for (const entry of log) {
    if (entry.segment === segment && entry.media_ms !== null) {
      inside = true;
      if (!isSpeech(entry)) cues.push({ ms: Math.min(entry.media_ms, durationMs), entry });
    } else if (inside && entry.segment === null && ENDS.includes(entry.kind)) {
      cues.push({ ms: durationMs, entry });
      break;
    }
  }
  return cues.sort((a, b) => a.ms - b.ms);
}

/** How long what happened stands below the picture, at the usual speed. */
const CUE_MS = 7_000;
const CUES_AT_ONCE = 3;

/** What is shown at a moment: what has just happened, the newest last. At a higher speed it stands as long to a reader. */
export function cuesAt(cues: readonly Cue[], atMs: number, speed: number): Cue[] {
  const lasts = CUE_MS * Math.max(1, speed);
  return cues.filter(({ ms }) => atMs >= ms && atMs < ms + lasts).slice(-CUES_AT_ONCE);
}

export const markersOf = (cues: readonly Cue[]): Cue[] => cues.filter(({ entry }) => entry.kind === "marker");

/** A moment of a part that one can go to, and what is there. */
export interface Mark {
  key: number;
  ms: number;
  text: string;
}

/** The notes of a part, in the order of their moments; one beyond the part's end stands at its end. */
export function notesOf(annotations: readonly Annotation[], segment: number, durationMs: number): Mark[] {
  return annotations
    .filter((note) => note.segment === segment)
    .map(({ seq, media_ms, text }) => ({ key: seq, ms: Math.min(media_ms, durationMs), text }))
    .sort((a, b) => a.ms - b.ms || a.key - b.key);
}
