import type { CustodyEntry, Gap, RecordedTrack, Source } from "./wire";

/** Gaps of one person, in sound or in picture, for one reason. */
export interface GapFold {
  /** The track's person; the file's name when no track is known. */
  name: string;
  source: Source | null;
  cause: string;
  totalMs: number;
  gaps: Gap[];
}

/** Long lists say little: gaps by person, source and cause, the longest in all first. */
export function foldGaps(gaps: Gap[], tracks: RecordedTrack[]): GapFold[] {
  const folds = new Map<string, GapFold>();
  const ordered = [...gaps].sort((a, b) => a.segment - b.segment || a.from_ms - b.from_ms);
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

/** One act with a recording: entered at once, or when it began and when it ended. */
export interface CustodyAct {
  opened: CustodyEntry;
  completed: CustodyEntry | null;
  /** `entered` for an act of one entry, `open` for one whose end was never entered. */
  state: "entered" | "open" | "succeeded" | "failed";
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
