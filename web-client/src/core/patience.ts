/**
 * How long a seat's picture and sound wait before they are shown. A browser waits for what jitters and not for what is sent
 * again: a frame whose packet was lost comes a round trip later, too late, and is dropped. So where frames come too late the
 * seat waits longer, and where nothing is lost any more it waits less again.
 */

/** What came in at a seat up to now. */
export interface SeatCount {
  frames: number;
  /** Frames that came too late to be shown. */
  dropped: number;
  /** Requests for packets that were missing. */
  nacks: number;
}

/** More than this nobody can speak with. */
export const WAIT_MS_MAX = 500;
const STEP_MS = 100;
const FIRST_STEP_MS = 150;
const SHORT_MS = 250;
/** Between two looks, in which that many frames say something. */
export const LOOK_MS = 1_000;
const FRAMES_MIN = 5;
/** Share of frames that may come too late before it waits longer. */
const LATE = 0.005;
/** Looks without any loss before it waits less. */
const QUIET = 15;

export class Patience {
  /** How long to wait, in milliseconds; 0 leaves it to the browser. */
  waitMs = 0;
  private last: SeatCount | null = null;
  private quiet = 0;
  /** Frames that came too late, beyond what may. */
  private late = 0;

  /** Takes a look; gives true if the wait changed. A repeated packet takes at least `rttMs`. */
  look(now: SeatCount, rttMs: number): boolean {
    const { last } = this;
    // Who sits there is another, or the connection is: what was counted before says nothing.
    const anew = last === null || now.frames < last.frames || now.nacks < last.nacks;
    if (!anew && now.frames - last.frames < FRAMES_MIN) return false;
    this.last = now;
    if (anew) {
      this.late = 0;
      return false;
    }
    const dropped = now.dropped - last.dropped;
    this.late = Math.max(0, this.late + dropped - LATE * (now.frames - last.frames));
    const lost = now.nacks > last.nacks;
    this.quiet = dropped > 0 || lost ? 0 : this.quiet + 1;
    const before = this.waitMs;
    // A short wait is soon lengthened; a long one costs those who speak, and is not for one frame.
    const short = this.waitMs < SHORT_MS;
    if (lost && this.late >= (short ? 0.5 : 1)) {
      this.late = 0;
      const step = short ? FIRST_STEP_MS : STEP_MS;
      this.waitMs = Math.min(WAIT_MS_MAX, Math.max(this.waitMs, 1.5 * rttMs) + step);
    } else if (this.quiet > QUIET) {
      this.waitMs = Math.max(0, this.waitMs - STEP_MS / 2);
    }
    return this.waitMs !== before;
  }
}
