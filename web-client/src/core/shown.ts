import { realTiming, type Timing } from "./connection";
import type { ShownPicture } from "./wire";

/** How large a picture is, in pixels of the screen. */
export interface Extent {
  width: number;
  height: number;
}

/** Pictures that one message may name. */
export const PICTURES_MAX = 64;
/** Sizes are told once they have not changed for this long, so that a window that is being drawn larger asks once. */
const SETTLED_MS = 150;
/** Sizes are told in steps: a few pixels more make no other picture. */
const STEP = 16;

const told = (pixels: number): number => Math.min(65_520, Math.ceil(Math.max(0, pixels) / STEP) * STEP);

/**
 * How large the page shows the picture of each seat, so that the server sends no more than is seen. What it is not
 * told of it sends as large as it can.
 */
export class ShownPictures {
  private readonly extents = new Map<number, Extent>();
  private inSight = true;
  private timer: number | null = null;
  private last = "[]";

  constructor(
    private readonly tell: (pictures: ShownPicture[]) => void,
    private readonly timing: Timing = realTiming,
  ) {}

  /** A seat's picture is shown as large as this from now on; null: nothing is known of it any more. */
  set(seat: number, extent: Extent | null): void {
    if (extent) this.extents.set(seat, extent);
    else this.extents.delete(seat);
    this.later();
  }

  /** The whole page was hidden, or came back: hidden pictures cost nothing. */
  setInSight(inSight: boolean): void {
    this.inSight = inSight;
    this.later();
  }

  /** A new connection: the server knows nothing of this page. */
  anew(): void {
    this.last = "[]";
    this.later();
  }

  stop(): void {
    if (this.timer !== null) this.timing.clear(this.timer);
    this.timer = null;
  }

  private later(): void {
    this.stop();
    this.timer = this.timing.set(() => {
      this.timer = null;
      const scale = this.inSight ? 1 : 0;
      const pictures = [...this.extents]
        .sort(([a], [b]) => a - b)
        .slice(0, PICTURES_MAX)
        .map(([seat, { width, height }]) => ({
          seat,
          width: told(width * scale),
          height: told(height * scale),
        }));
      const now = JSON.stringify(pictures);
      if (now === this.last) return;
      this.last = now;
      this.tell(pictures);
    }, SETTLED_MS);
  }
}
