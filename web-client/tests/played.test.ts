import { describe, expect, it } from "vitest";
import { PIECE_MS, Played } from "../src/core/stretches";
import type { Playback } from "../src/core/wire";

const settled = () => new Promise((resolve) => setTimeout(resolve));

function heard() {
  const told: Playback[] = [];
  const waiting: number[] = [];
  let refuses = false;
  const played = new Played(
    async (stretch) => {
      if (refuses) throw new Error("no connection");
      told.push(stretch);
    },
    (count) => waiting.push(count),
  );
  return { told, waiting, played, refuse: (now: boolean) => (refuses = now) };
}

describe("what was played", () => {
  it("is told from where to where, once it ends", async () => {
    const { told, played } = heard();
    played.at(0, false, 1);
    for (const ms of [0, 400.4, 1_000]) played.at(ms, true, 1);
    expect(told).toEqual([]);
    played.at(1_000, false, 1);
    await settled();
    expect(told).toEqual([{ segment: 1, from_ms: 0, to_ms: 1_000 }]);
    played.end();
    await settled();
    expect(told.length).toBe(1);
  });

  it("is nothing of what was jumped over, forth or back, and nothing of a moment's look", async () => {
    const { told, played } = heard();
    played.at(0, true, 1);
    played.at(500, true, 1);
    played.end();
    played.at(9_000, true, 1);
    played.at(9_400, true, 1);
    played.at(2_000, true, 1);
    played.at(2_100, true, 1);
    played.at(50, true, 2);
    played.at(800, true, 2);
    played.end();
    await settled();
    expect(told.map((s) => [s.segment, s.from_ms, s.to_ms])).toEqual([
      [1, 0, 500],
      [1, 9_000, 9_400],
      [2, 50, 800],
    ]);
  });

  it("is told in pieces when it is long", async () => {
    const { told, played } = heard();
    for (let ms = 0; ms <= PIECE_MS + 1_000; ms += 250) played.at(ms, true);
    played.end();
    await settled();
    expect(told.map((s) => [s.from_ms, s.to_ms])).toEqual([
      [0, PIECE_MS],
      [PIECE_MS, PIECE_MS + 1_000],
    ]);
  });

  it("waits while it cannot be told, and is told again", async () => {
    const { told, waiting, played, refuse } = heard();
    refuse(true);
    played.at(0, true);
    played.at(1_000, true);
    played.end();
    await settled();
    expect([told.length, waiting.at(-1)]).toEqual([0, 1]);
    refuse(false);
    played.at(5_000, true);
    played.at(6_000, true);
    played.end();
    await settled();
    expect(told.map((s) => s.from_ms)).toEqual([0, 5_000]);
    expect(waiting.at(-1)).toBe(0);
  });
});
