import { describe, expect, it } from "vitest";
import { recording } from "../dev/data";
import { logParts } from "../src/core/evidence";
import { isSpeech, speakers } from "../src/core/speech";
import type { LogEntry } from "../src/core/wire";

const { log } = recording({});
let seq = 0;
const entry = (kind: string, who: string, segment: number | null, media_ms: number | null): LogEntry => ({
  seq: ++seq,
  at: "2026-01-15T09:00:00.000Z",
  segment,
  media_ms,
  kind,
  by: null,
  about: "A. Same",
  participant: who,
  text: null,
});

describe("who spoke", () => {
  it("is told by person with every spell, and is no line of the log", () => {
    const told = speakers(log);
    expect(told.map((s) => [s.name, s.totalMs, s.spells.length])).toEqual([
      ["Nodira Yusupova", 4_500, 2],
      ["Zarina Karimova", 2_000, 1],
    ]);
    const lines = log.filter((e) => !isSpeech(e));
    expect(log.length - lines.length).toBe(6);
    expect(logParts(lines).map((p) => [p.segment, p.entries.length])).toEqual([
      [null, 1],
      [1, 4],
      [null, 1],
    ]);
  });

  it("keeps people of one name apart, and parts of the record too", () => {
    const told = speakers([
      entry("speech_began", "a", 1, 0),
      entry("speech_began", "b", 1, 500),
      entry("speech_ended", "a", 1, 1_000),
      entry("speech_ended", "b", 1, 3_500),
      entry("speech_began", "a", 2, 0),
      entry("speech_ended", "a", 2, 700),
    ]);
    expect(told.map((s) => [s.participant, s.totalMs])).toEqual([
      ["b", 3_000],
      ["a", 1_700],
    ]);
    expect(told[1]?.spells.map((s) => s.segment)).toEqual([1, 2]);
  });

  it("leaves a spell open that a failure cut off, and counts nothing of it", () => {
    const told = speakers([
      entry("speech_began", "a", 1, 1_000),
      entry("speech_began", "a", 2, 200),
      entry("speech_ended", "a", 2, 900),
      entry("marker", "a", 2, 950),
      entry("speech_ended", "b", 2, 990),
    ]);
    expect(told).toEqual([
      {
        participant: "a",
        name: "A. Same",
        totalMs: 700,
        spells: [
          { segment: 1, from_ms: 1_000, to_ms: null },
          { segment: 2, from_ms: 200, to_ms: 900 },
        ],
      },
    ]);
    expect(speakers([])).toEqual([]);
  });
});
