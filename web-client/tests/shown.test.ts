import { describe, expect, it } from "vitest";
import type { Timing } from "../src/core/connection";
import { ShownPictures } from "../src/core/shown";
import type { ShownPicture } from "../src/core/wire";

/** One timer at a time, run by hand. */
class Hand implements Timing {
  private run: (() => void) | null = null;
  set(run: () => void): number {
    this.run = run;
    return 1;
  }
  clear(): void {
    this.run = null;
  }
  random(): number {
    return 0;
  }
  settle(): void {
    const run = this.run;
    this.run = null;
    run?.();
  }
}

describe("what the page shows", () => {
  const page = () => {
    const hand = new Hand();
    const told: ShownPicture[][] = [];
    return { hand, told, shown: new ShownPictures((pictures) => told.push(pictures), hand) };
  };

  it("is told once it has settled, in steps, and only when it changed", () => {
    const { hand, told, shown } = page();
    shown.set(3, { width: 630, height: 350 });
    shown.set(0, { width: 100, height: 60 });
    shown.set(3, { width: 633, height: 353 });
    expect(told).toEqual([]);
    hand.settle();
    const both = [
      { seat: 0, width: 112, height: 64 },
      { seat: 3, width: 640, height: 368 },
    ];
    expect(told).toEqual([both]);
    shown.set(3, { width: 639, height: 360 });
    hand.settle();
    expect(told).toHaveLength(1);
    shown.set(0, null);
    hand.settle();
    expect(told[1]).toEqual([{ seat: 3, width: 640, height: 368 }]);
  });

  it("is nothing while the page is hidden, and is told again to a new connection", () => {
    const { hand, told, shown } = page();
    shown.set(1, { width: 320, height: 180 });
    hand.settle();
    shown.setInSight(false);
    hand.settle();
    expect(told.at(-1)).toEqual([{ seat: 1, width: 0, height: 0 }]);
    shown.setInSight(true);
    hand.settle();
    shown.anew();
    hand.settle();
    expect(told).toHaveLength(4);
    expect(told[3]).toEqual([{ seat: 1, width: 320, height: 192 }]);
  });
});
