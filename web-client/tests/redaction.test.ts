import { describe, expect, it } from "vitest";
import {
  exactTime,
  filmSeconds,
  intervalFault,
  leftOutOf,
  parseTime,
  peopleFor,
} from "../src/core/redaction";
import type { LogEntry, RecordedTrack, Recording, RedactedInterval } from "../src/core/wire";

describe("moments of a redaction", () => {
  it("are read as they are written, and back", () => {
    for (const [text, ms] of [
      ["0:04.000", 4_000],
      ["4:07.5", 247_500],
      ["4:07,05", 247_050],
      ["12.25", 12_250],
      ["90", 90_000],
      ["1:02:03.004", 3_723_004],
      [" 0:00 ", 0],
    ] as const)
      expect(parseTime(text), text).toBe(ms);
    for (const text of ["", "x", "4:7:", "4:60", "1:60:00", "-1", "1.2345", "1e3", "0x10"])
      expect(parseTime(text), text).toBeNull();
    for (const ms of [0, 1, 999, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999])
      expect(parseTime(exactTime(ms))).toBe(ms);
  });

  it("lie inside one part, the end after the beginning", () => {
    const segments = [{ segment: 2, started_at: "", ended_at: "", duration_ms: 5_000 }];
    const of = (segment: number, from_ms: number, to_ms: number) =>
      intervalFault({ segment, kind: "cut", participant: null, from_ms, to_ms }, segments);
    expect(of(2, 0, 5_000)).toBeNull();
    expect(of(2, 0, 5_001)).toBe("outside");
    expect(of(1, 0, 1)).toBe("outside");
    expect(of(2, 10, 10)).toBe("order");
  });

  it("are of those of whom there is a sound or a picture", () => {
    const track = (participant: string, source: RecordedTrack["source"], segment: number) =>
      ({ participant, name: participant.toUpperCase(), source, segment }) as RecordedTrack;
    const tracks = [
      track("a", "microphone", 1),
      track("a", "camera", 1),
      track("b", "screen", 1),
      track("c", "microphone", 2),
    ];
    const names = (kind: "mute" | "cover" | "cut") => [...peopleFor(kind, tracks, 1).values()];
    expect(names("mute")).toEqual(["A"]);
    expect(names("cover")).toEqual(["A", "B"]);
    expect(names("cut")).toEqual([]);
  });

  it("have one place in the film of all parts", () => {
    const segments = [1, 3].map((segment) => ({
      segment,
      started_at: "",
      ended_at: "",
      duration_ms: segment * 1_000,
    }));
    const recording = { segments } as Recording;
    expect(filmSeconds(recording, 1, 500)).toBe(0.5);
    expect(filmSeconds(recording, 3, 500)).toBe(1.5);
  });
});

describe("what an order takes out of the court log", () => {
  const entry = (seq: number, segment: number | null, media_ms: number | null, kind = "marker") =>
    ({ seq, segment, media_ms, kind }) as LogEntry;
  const log = [
    entry(1, null, null, "began"),
    entry(2, 1, 1_799),
    entry(3, 1, 1_800),
    entry(4, 1, 2_700),
    entry(5, 1, 2_701),
    entry(6, 2, 2_000),
  ];
  const interval = {
    segment: 1,
    kind: "cut",
    participant: null,
    from_ms: 2_000,
    to_ms: 2_500,
  } as RedactedInterval;

  it("is what lies in an interval, with a fifth of a second on both sides, and what is named", () => {
    expect([...leftOutOf(log, [interval], []).keys()]).toEqual([3, 4]);
    expect([...leftOutOf(log, [interval], [4, 6]).entries()]).toEqual([
      [3, { named: false, byInterval: true, frame: false }],
      [4, { named: true, byInterval: true, frame: false }],
      [6, { named: true, byInterval: false, frame: false }],
    ]);
  });

  it("leaves what says when the record ran, without its text", () => {
    expect(leftOutOf(log, [], [1]).get(1)).toEqual({ named: true, byInterval: false, frame: true });
  });
});
