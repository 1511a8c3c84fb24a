import { describe, expect, it } from "vitest";
import { Presses, TURN_MS, Turns } from "../src/core/press";

describe("a double press", () => {
  it("is one act, whatever stands under the pointer by then", () => {
    const presses = new Presses();
    expect(presses.isEcho({ x: 100, y: 100, at: 1000 })).toBe(false);
    expect(presses.isEcho({ x: 102, y: 99, at: 1180 })).toBe(true);
    expect(presses.isEcho({ x: 102, y: 99, at: 1700 })).toBe(true);
    expect(presses.isEcho({ x: 102, y: 99, at: 2400 })).toBe(false);
  });

  it("elsewhere is another act", () => {
    const presses = new Presses();
    expect(presses.isEcho({ x: 100, y: 100, at: 1000 })).toBe(false);
    expect(presses.isEcho({ x: 100, y: 180, at: 1200 })).toBe(false);
  });
});

describe("what a press has brought about", () => {
  it("takes no press until somebody can have read it", () => {
    const turns = new Turns();
    turns.begin(1000);
    expect(turns.isTooSoon(1050, 1051)).toBe(true);
    turns.end(1100);
    expect(turns.isTooSoon(1050, 1050 + TURN_MS - 1)).toBe(true);
    expect(turns.isTooSoon(1050, 1050 + TURN_MS)).toBe(false);
    // The view came a moment after the answer.
    expect(turns.isTooSoon(1900, 2000)).toBe(true);
  });

  it("is not what was there before, and not what comes of itself", () => {
    const turns = new Turns();
    expect(turns.isTooSoon(10, 20)).toBe(false);
    turns.begin(1000);
    turns.end(1100);
    expect(turns.isTooSoon(990, 1200)).toBe(false);
    expect(turns.isTooSoon(1100 + TURN_MS + 1, 1100 + TURN_MS + 2)).toBe(false);
  });

  it("goes on while one of several acts is on its way", () => {
    const turns = new Turns();
    turns.begin(1000);
    turns.begin(1200);
    turns.end(1300);
    expect(turns.isTooSoon(5000, 5100)).toBe(true);
    turns.end(5200);
    expect(turns.isTooSoon(6201, 6202)).toBe(false);
  });
});
