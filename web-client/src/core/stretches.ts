import type { Playback } from "./wire";

/** A longer stretch is told in pieces, so that a page that is lost takes little of it. */
export const PIECE_MS = 300_000;
/** Shorter stretches, as of somebody who looks for a place, are nothing that anybody watched. */
const LEAST_MS = 200;
/** Stretches that wait because the server cannot be reached; beyond that the oldest are given up, and the page says how many wait. */
const WAITING_MAX = 200;

/**
 * Which stretches are played, for the chain of custody. It is told where playing stands, as often as that is known, and whenever
 * it jumps; times in milliseconds of one part (null: of a copy, which has all parts one after another).
 */
export class Played {
  private from: number | null = null;
  private last = 0;
  private segment: number | null = null;
  private waiting: Playback[] = [];
  private sending = false;

  /** `tell` gives a stretch to the server; what it refuses with an error is told again with the next. */
  constructor(
    private readonly tell: (stretch: Playback) => Promise<void>,
    /** How many stretches could not be told yet. */
    private readonly onWaiting: (count: number) => void = () => undefined,
  ) {}

  /** Playing stands here now. */
  at(ms: number, playing: boolean, segment: number | null = null): void {
    if (!playing || segment !== this.segment) this.end();
    this.segment = segment;
    if (!playing) return;
    if (this.from !== null && ms < this.last) this.end();
    this.from ??= ms;
    this.last = ms;
    if (this.last - this.from >= PIECE_MS) {
      this.end();
      this.from = ms;
    }
  }

  /** Playing jumps, pauses or ends: the stretch is over. */
  end(): void {
    const { from, last } = this;
    this.from = null;
    if (from === null || last - from < LEAST_MS) return;
    this.waiting.push({ segment: this.segment, from_ms: Math.round(from), to_ms: Math.round(last) });
    if (this.waiting.length > WAITING_MAX) this.waiting.shift();
    void this.send();
  }

  private async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.waiting[0]; next; next = this.waiting[0]) {
        await this.tell(next);
        this.waiting.shift();
      }
    } catch {
      // Told below; the next stretch tries again.
    }
    this.sending = false;
    this.onWaiting(this.waiting.length);
  }
}
