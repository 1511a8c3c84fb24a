import { describe, expect, it } from "vitest";
import { idOf, recording } from "../dev/data";
import {
  cuesAt,
  cuesOf,
  drawn,
  lanesOf,
  markersOf,
  missingAt,
  path,
  STEPS,
  speakingAt,
  spellAfter,
  spellBefore,
} from "../src/core/timeline";
import type { LogEntry } from "../src/core/wire";

const LONG_MS = 12_000;
const one = recording({});
const lanes = lanesOf(one, 1, LONG_MS);
const names = (all: Array<{ name: string }>) => all.map(({ name }) => name);

describe("the lanes of a part", () => {
  it("are one for each person, with what they said and what is missing of each source, by cause", () => {
    expect(names(lanes)).toEqual(["Nodira Yusupova", "Zarina Karimova", "Elena Sokolova"]);
    const [judge, witness, counsel] = lanes;
    expect(judge?.spoke).toEqual([
      { fromMs: 500, toMs: 3_500 },
      { fromMs: 8_500, toMs: 10_000 },
    ]);
    expect(counsel?.spoke).toEqual([]);
    expect(witness?.gaps.map(({ source, cause, spans }) => [source, cause, spans.length])).toEqual([
      ["camera", "late_key_frame", 1],
      ["microphone", "muted", 1],
      ["microphone", "lost", 3],
    ]);
  });

  it("have whoever spoke and is in no file, and nobody of another part", () => {
    const said = (kind: string, media_ms: number, segment: number): LogEntry => ({
      ...(one.log[5] as LogEntry),
      kind,
      media_ms,
      segment,
      participant: idOf("expert"),
      about: "Sergey Kim",
    });
    const log = [...one.log, said("speech_began", 100, 2), said("speech_ended", 900, 2)];
    expect(lanesOf({ ...one, log }, 1, LONG_MS)).toHaveLength(3);
    const [only, ...rest] = lanesOf({ ...one, log }, 2, 920_000);
    expect([only?.name, only?.role, only?.spoke, rest]).toEqual([
      "Sergey Kim",
      null,
      [{ fromMs: 100, toMs: 900 }],
      [],
    ]);
  });

  it("of a day with a bad network are made in a moment", () => {
    const many = 5_000;
    const gaps = one.tracks.flatMap(({ file }) =>
      Array.from({ length: many }, (_, i) => ({
        segment: 1,
        file,
        from_ms: i * 14_000,
        to_ms: i * 14_000 + 200,
        cause: i % 2 ? "lost" : "stalled",
      })),
    );
    const day = 86_400_000;
    const tracks = one.tracks.map((track) => ({ ...track, duration_ms: day }));
    const began = performance.now();
    const [judge] = lanesOf({ ...one, gaps, tracks }, 1, day);
    // A fraction of a second; gaps that are each compared with every other take the better part of a minute.
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(judge?.gaps.map(({ spans }) => spans.length)).toEqual([2_500, 2_500, 2_500, 2_500]);
  });

  it("tell who speaks and what is missing at a moment", () => {
    expect(names(speakingAt(lanes, 499))).toEqual([]);
    expect(names(speakingAt(lanes, 500))).toEqual(["Nodira Yusupova"]);
    expect(names(speakingAt(lanes, 3_500))).toEqual([]);
    expect(names(speakingAt(lanes, 7_000))).toEqual(["Zarina Karimova"]);
    expect(missingAt(lanes, 7_000)).toEqual([
      { name: "Zarina Karimova", source: "microphone", cause: "muted" },
    ]);
    expect(missingAt(lanes, 5_000)).toEqual([]);
    expect(missingAt(lanes, 100)).toHaveLength(3);
  });

  it("are walked from one time somebody spoke to the next, and back", () => {
    const spoke = lanes[0]?.spoke ?? [];
    expect([spellAfter(spoke, 0), spellBefore(spoke, 12_000)]).toEqual([8_500, 8_500]);
    // Whoever has just come to one goes on.
    expect([spellAfter(spoke, 500), spellBefore(spoke, 8_600), spellAfter(spoke, 8_500)]).toEqual([
      8_500,
      500,
      null,
    ]);
  });
});

describe("what is drawn of a line", () => {
  it("keeps apart what can be seen apart, and leaves nothing out of sight", () => {
    const hour = 3_600_000;
    expect(
      drawn(
        [
          { fromMs: hour / 2, toMs: hour / 2 + 1 },
          { fromMs: 0, toMs: 36_000 },
          { fromMs: hour - 1, toMs: hour },
        ],
        hour,
      ),
    ).toEqual([
      { from: 0, to: 10 },
      { from: 500, to: 501 },
      { from: 999, to: 1000 },
    ]);
    // What ends beyond the part, or is as long as nothing, lies on the line all the same.
    expect(drawn([{ fromMs: 2_000, toMs: Number.POSITIVE_INFINITY }], 1_000)).toEqual([
      { from: 999, to: 1000 },
    ]);
    expect(drawn([{ fromMs: 0, toMs: 0 }], 1_000)).toEqual([{ from: 0, to: 1 }]);
    expect(drawn([{ fromMs: 0, toMs: 5 }], 0)).toEqual([]);
    expect(path([{ fromMs: 0, toMs: 500 }], 1_000, 7, 10)).toBe("M0 7h500v10h-500z");
  });

  it("is bounded, however long somebody spoke on and off", () => {
    const day = 86_400_000;
    const many = Array.from({ length: 40_000 }, (_, i) => ({ fromMs: i * 2_160, toMs: i * 2_160 + 900 }));
    expect(drawn(many, day)).toEqual([{ from: 0, to: STEPS }]);
    const sparse = many.filter((_, i) => i % 70 === 0);
    expect(drawn(sparse, day).length).toBeLessThanOrEqual(STEPS / 2);
  });
});

describe("the court log below the picture", () => {
  const cues = cuesOf(one.log, 1, LONG_MS);

  it("has what happened in the part, in order, and at its end what ended it; no speech", () => {
    expect(cues.map(({ ms, entry }) => [ms, entry.kind])).toEqual([
      [0, "on_record"],
      [3_000, "called"],
      [6_000, "sworn"],
      [8_000, "marker"],
      [12_000, "off_record"],
    ]);
    expect(cuesOf(one.log, 2, 920_000)).toEqual([]);
    expect(markersOf(cues).map(({ entry }) => entry.text)).toEqual(["Shown exhibit 4"]);
  });

  it("shows what has just happened, never what is to come", () => {
    const kinds = (at: number, speed = 1) => cuesAt(cues, at, speed).map(({ entry }) => entry.kind);
    expect(kinds(2_999)).toEqual(["on_record"]);
    expect(kinds(3_000)).toEqual(["on_record", "called"]);
    expect(kinds(9_999)).toEqual(["called", "sworn", "marker"]);
    expect(kinds(10_000)).toEqual(["sworn", "marker"]);
    // Played fast, it stands as long to whoever reads it; of more than three the newest.
    expect(kinds(10_000, 2)).toEqual(["called", "sworn", "marker"]);
    expect(kinds(12_000)).toEqual(["sworn", "marker", "off_record"]);
  });
});
