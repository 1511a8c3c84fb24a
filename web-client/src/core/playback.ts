/** Several files that play as one. The clock leads; each track is held to it. */

/** Milliseconds of difference below which nothing is done, and above which a jump is better than a chase. */
export const DRIFT_MS_MIN = 25;
export const DRIFT_MS_JUMP = 250;

export type Correction = { kind: "none" } | { kind: "rate"; rate: number } | { kind: "jump" };

/** What to do about a track that is `driftMs` ahead of the clock (negative: behind), at the speed of the clock. */
export function correction(driftMs: number, speed: number): Correction {
  const size = Math.abs(driftMs);
  if (size > DRIFT_MS_JUMP) return { kind: "jump" };
  if (size < DRIFT_MS_MIN) return { kind: "none" };
  // Made good within a second, by at most 6 per cent, which an ear does not notice in speech.
  const change = Math.min(0.06, size / 1000);
  return { kind: "rate", rate: speed * (driftMs > 0 ? 1 - change : 1 + change) };
}

export interface Range {
  startMs: number;
  endMs: number;
}

/**
 * How a track stands at a moment: it can play; it must wait for bytes; or it has nothing there (before its first
 * picture, in a gap, after its end) and is left out.
 */
export function standing(
  atMs: number,
  buffered: Range[],
  fed: { fromMs: number; toMs: number },
  endMs: number,
): "play" | "wait" | "blank" {
  if (atMs >= endMs) return "blank";
  const inside = buffered.some((r) => atMs >= r.startMs - 20 && atMs < r.endMs - 40);
  if (inside) return "play";
  // What was fed reaches past this moment, and yet nothing is there: it was not recorded.
  if (atMs >= fed.fromMs && atMs < fed.toMs) return "blank";
  return "wait";
}

/** A shorter gap of a picture is not shown. */
const GAP_SHOWN_MS = 1_000;

/** Whether a gap of the file says that at this moment its picture is missing. */
export function isMissing(
  atMs: number,
  file: string,
  gaps: ReadonlyArray<{ file: string; from_ms: number; to_ms: number }>,
): boolean {
  return gaps.some(
    (gap) =>
      gap.file === file && gap.to_ms - gap.from_ms >= GAP_SHOWN_MS && atMs >= gap.from_ms && atMs < gap.to_ms,
  );
}

/** Before the end of a part a track may stop this much earlier than another without anything being missing. */
export const TAIL_MS = 300;

/** How a track stands at a moment, for its tile. */
export type Standing =
  | "play"
  | "wait"
  /** Nothing was recorded at this moment. */
  | "blank"
  /** The end of the part, up to which this track was recorded: its last picture stays. */
  | "end"
  /** Its bytes cannot be fetched. */
  | "failed"
  /** This browser cannot play it. */
  | "unplayable";

/** What a person sees or hears of the files of one camera or one microphone, of which at most one plays. */
export interface Shown {
  /** Index of the file to show; -1 for none. */
  file: number;
  /** What to say in its place. */
  says: "blank" | "failed" | "unplayable" | null;
}

/** Which file of a source is shown. An old picture is never left standing where the moment's own one is not to be had. */
export function shownOf(standings: ReadonlyArray<Standing | undefined>): Shown {
  for (const one of ["play", "end", "wait"] as const) {
    const file = standings.indexOf(one);
    if (file >= 0) return { file, says: null };
  }
  for (const one of ["failed", "unplayable"] as const)
    if (standings.includes(one)) return { file: -1, says: one };
  // Before the first look nothing is known, and nothing is claimed.
  return { file: -1, says: standings.length > 0 && standings.every((s) => s === "blank") ? "blank" : null };
}

/** How long is waited before another attempt, in milliseconds: soon at first, then patiently. */
const ATTEMPTS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
/** A server that refuses even a fresh ticket is not asked again until somebody wants it: each ticket is entered. */
const REFUSALS_MAX = 2;

/** Attempts at something that fails. Time comes in as an argument, in milliseconds. */
export class Attempts {
  private failures = 0;
  private refusals = 0;
  private at = 0;

  get failing(): boolean {
    return this.failures > 0;
  }
  /** `refused`: the server answered that it will not. */
  failed(now: number, refused: boolean): void {
    // A server that answers is there again: a fresh ticket is tried soon.
    const step = refused ? 0 : Math.min(this.failures, ATTEMPTS_MS.length - 1);
    const wait = ATTEMPTS_MS[step] ?? 0;
    this.failures++;
    this.refusals = refused ? this.refusals + 1 : 0;
    this.at = this.refusals >= REFUSALS_MAX ? Number.POSITIVE_INFINITY : now + wait;
  }
  succeeded(): void {
    this.failures = 0;
    this.refusals = 0;
    this.at = 0;
  }
  due(now: number): boolean {
    return now >= this.at;
  }
  /** Somebody wants it now. It still counts as failing until it succeeds. */
  again(): void {
    this.refusals = 0;
    this.at = 0;
  }
}

/** A clock that can be held, moved and sped up. Time comes in as an argument, in milliseconds. */
export class PlayClock {
  private at = 0;
  private since: number | null = null;
  private rate = 1;

  position(now: number): number {
    return this.since === null ? this.at : this.at + (now - this.since) * this.rate;
  }
  get running(): boolean {
    return this.since !== null;
  }
  get speed(): number {
    return this.rate;
  }
  run(now: number): void {
    if (this.since === null) this.since = now;
  }
  hold(now: number): void {
    this.at = this.position(now);
    this.since = null;
  }
  seek(ms: number, now: number): void {
    this.at = Math.max(0, ms);
    if (this.since !== null) this.since = now;
  }
  setSpeed(rate: number, now: number): void {
    this.seek(this.position(now), now);
    this.rate = rate;
  }
}
