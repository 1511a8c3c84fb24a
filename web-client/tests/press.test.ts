import { describe, expect, it } from "vitest";
import { Presses } from "../src/core/press";

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
