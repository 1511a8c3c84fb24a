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
