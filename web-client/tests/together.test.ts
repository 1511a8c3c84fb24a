import { describe, expect, it } from "vitest";
import { APART_MS, Leash, placeOf, ServerClock, standsAt } from "../src/core/together";
import type { PlaybackView } from "../src/core/wire";

const parts = [
  { segment: 1, duration_ms: 1_000 },
  { segment: 3, duration_ms: 500 },
];
const view = (change: Partial<PlaybackView>): PlaybackView => ({
  recording: "r",
  manifest_sha256: "00",
  title: "t",
  parts,
  position_ms: 200,
  at: 10_000,
  playing: true,
  unseen: null,
  ...change,
});

describe("a recording that is shown to a hearing", () => {
  it("stands where the server's clock says, and not past its end", () => {
    expect(standsAt(view({}), 10_300)).toBe(500);
    expect(standsAt(view({}), 9_000)).toBe(200);
    expect(standsAt(view({}), 99_000)).toBe(1_500);
    expect(standsAt(view({ playing: false }), 99_000)).toBe(200);
  });

  it("is one timeline of its parts", () => {
    expect(placeOf(parts, 999)).toEqual({ part: parts[0], ms: 999 });
    expect(placeOf(parts, 1_000)).toEqual({ part: parts[1], ms: 0 });
    expect(placeOf(parts, 9_000)).toEqual({ part: parts[1], ms: 500 });
    expect(placeOf([], 0)).toBeNull();
  });

  it("knows the server's clock by the quickest answer, whatever the server took to think", () => {
    const clock = new ServerClock();
    expect(clock.now(5)).toBeNull();
    // The way there took 300, the thinking 1000, the way back 100.
    clock.read({ received_at: 50_300, sent_at: 51_300 }, 0, 1_400);
    expect(clock.now(0)).toBe(50_100);
    expect(clock.uncertainMs).toBe(200);
    clock.read({ received_at: 60_010, sent_at: 60_010 }, 10_000, 10_020);
    expect(clock.now(10_000)).toBe(60_000);
    // A slow one afterwards makes nothing worse.
    clock.read({ received_at: 70_900, sent_at: 70_900 }, 20_000, 21_000);
    expect(clock.now(20_000)).toBe(70_000);
  });

  it("is caught up with softly when near, and by a jump when far, ever closer", () => {
    const leash = new Leash();
    expect(leash.step(1_010, 1_000, true, 0)).toEqual({ kind: "speed", speed: 1 });
    expect(leash.step(1_000, 1_200, true, 0)).toMatchObject({ kind: "speed", speed: 1.05 });
    expect(leash.step(1_200, 1_000, true, 0)).toMatchObject({ kind: "speed", speed: 0.95 });
    const far = leash.step(0, 5_000, true, 0);
    expect(far).toEqual({ kind: "jump", toMs: 5_250 });
    // It does not jump again while the first jump is under way.
    expect(leash.step(5_250, 5_800, false, 500)).toEqual({ kind: "none" });
    // It came 300 too late: the next jump goes further by as much.
    leash.step(6_000, 6_300, true, 1_000);
    expect(leash.step(0, 9_000, true, 3_000)).toEqual({ kind: "jump", toMs: 9_550 });
  });

  it("is never apart for longer than a jump takes, in a player that needs a moment to begin", () => {
    const leash = new Leash();
    const BEGIN_MS = 350;
    let at = 0;
    let speed = 1;
    let stillUntil = 0;
    let apart = 0;
    for (let now = 0; now < 30_000; now += 100) {
      const target = 10_000 + now;
      const runs = now >= stillUntil;
      if (runs) at += 100 * speed;
      const step = leash.step(at, target, runs, now);
      if (step.kind === "jump") {
        at = step.toMs;
        stillUntil = now + BEGIN_MS;
        speed = 1;
      } else if (step.kind === "speed") speed = step.speed;
      if (now > 2_000 && Math.abs(at - target) > APART_MS) apart += 100;
    }
    expect(apart).toBe(0);
    expect(Math.abs(at - 39_900)).toBeLessThan(100);
  });
});
