import { describe, expect, it } from "vitest";
import { recording } from "../dev/data";
import {
  endedByServer,
  firstPictureMs,
  foldCustody,
  foldGaps,
  inOrder,
  logParts,
  missing,
} from "../src/core/evidence";
import { isSpeech } from "../src/core/speech";
import type { Gap, LogEntry, RecordedTrack } from "../src/core/wire";

const { gaps, tracks, custody, log } = recording({});
const gap = (file: string, from_ms: number, to_ms: number, cause = "lost"): Gap => ({
  segment: 1,
  file,
  from_ms,
  to_ms,
  cause,
});
const CAMERA = "segment-001/witness-camera.webm";

describe("the end of a recording", () => {
  it("was an act of the court, unless the server stopped", () => {
    const entry = (kind: string, by: string | null) => ({ ...(log[0] as LogEntry), kind, by });
    const began = entry("on_record", "Judge");
    expect(endedByServer([began, entry("closed", "Judge"), entry("left", "Judge")])).toBe(false);
    expect(endedByServer([began, entry("suspended", "Judge")])).toBe(false);
    expect(endedByServer([began, entry("suspended", null), entry("disconnected", null)])).toBe(true);
    expect(endedByServer([began, entry("suspended", null), entry("resumed", "Judge")])).toBe(false);
    expect(endedByServer([began, entry("off_record", "Judge"), entry("suspended", null)])).toBe(false);
    expect(endedByServer([])).toBe(false);
  });
});

describe("gaps", () => {
  it("are folded by person, source and cause, and every one of them is still there", () => {
    const folds = foldGaps(gaps, tracks);
    expect(folds.reduce((sum, f) => sum + f.gaps.length, 0)).toBe(gaps.length);
    const lost = folds.find((f) => f.cause === "lost");
    expect(lost).toMatchObject({ name: "Zarina Karimova", source: "microphone", totalMs: 900 });
    expect(lost?.gaps).toHaveLength(3);
    expect(folds.map((f) => f.totalMs)).toEqual([...folds.map((f) => f.totalMs)].sort((a, b) => b - a));
  });

  it("of sources that go on in a further file are counted once, and only where no file has the moment", () => {
    const track = tracks.find((x) => x.file === CAMERA) as RecordedTrack;
    const [one, two] = [CAMERA, "segment-001/witness-camera-2.webm"];
    const both = [track, { ...track, file: two }];
    // The camera ran until 5 s, came back at 6 s, and its network lost half a second of the second file.
    const declared = [
      gap(one, 5_000, 12_000, "ended"),
      gap(two, 0, 6_000, "not_started"),
      gap(two, 8_000, 8_500, "lost"),
    ];
    const really = missing(declared, both);
    expect(really.map((g) => [g.from_ms, g.to_ms, g.cause])).toEqual([
      [8_000, 8_500, "lost"],
      [5_000, 6_000, "ended"],
    ]);
    const sum = foldGaps(declared, both).reduce((all, fold) => all + fold.totalMs, 0);
    expect(sum).toBe(1_500);
    // Without the file that covers it everything is missing, and no moment is counted for two reasons.
    const torn = [...declared, gap(two, 6_000, 8_000, "outage"), gap(two, 8_000, 12_000, "ended")];
    expect(foldGaps(torn, both).reduce((all, fold) => all + fold.totalMs, 0)).toBe(7_000);
    // A crash leaves the end of the first file undeclared; it still covers nothing of what the second one lost.
    const [early] = both.map((x) => ({ ...x, duration_ms: 5_000 }));
    const found = missing(declared.slice(1), [early as RecordedTrack, both[1] as RecordedTrack]);
    expect(found.map((g) => [g.from_ms, g.to_ms])).toEqual([
      [8_000, 8_500],
      [5_000, 6_000],
    ]);
    // Another segment's file of the same name is another file, and other people's files cover nothing.
    expect(foldGaps([{ ...gap(one, 0, 500), segment: 2 }], both)[0]?.totalMs).toBe(500);
    expect(foldGaps([gap(one, 0, 500)], tracks)[0]?.totalMs).toBe(500);
  });

  it("of a file that no track knows are told by its name", () => {
    expect(foldGaps([gap("segment-009/unknown.webm", 0, 5)], tracks)[0]?.name).toBe(
      "segment-009/unknown.webm",
    );
  });
});

describe("the court log", () => {
  it("is told by the parts of the recording, and no entry is left out", () => {
    const lines = log.filter((e) => !isSpeech(e));
    const parts = logParts(lines);
    expect(parts.map((p) => [p.segment, p.entries.length])).toEqual([
      [null, 1],
      [1, 4],
      [null, 1],
    ]);
    expect(parts.flatMap((p) => p.entries)).toEqual(lines);
    expect(logParts([])).toEqual([]);
  });
});

describe("the first picture", () => {
  it("is where the earliest camera begins", () => {
    expect(firstPictureMs(tracks, gaps, 1)).toBe(420);
    expect(firstPictureMs(tracks, [], 1)).toBe(0);
    expect(firstPictureMs(tracks, [], 2)).toBeNull();
  });

  it("is after gaps that follow each other, and not after a later one", () => {
    const only = tracks.filter((t) => t.file === CAMERA);
    const chain = [gap(CAMERA, 500, 900), gap(CAMERA, 0, 500), gap(CAMERA, 4_000, 5_000)];
    expect(firstPictureMs(only, chain, 1)).toBe(900);
    expect(firstPictureMs(only, [gap(CAMERA, 0, 12_000)], 1)).toBeNull();
  });
});

describe("the chain of custody", () => {
  it("tells an act of two entries once, with its outcome, also when others came between", () => {
    const acts = foldCustody(custody);
    expect(acts.map((a) => [a.opened.act, a.state])).toEqual([
      ["recorded", "entered"],
      ["sealed", "entered"],
      ["attached", "entered"],
      ["viewed", "entered"],
      ["verified", "succeeded"],
      ["exported", "open"],
      ["viewed", "entered"],
    ]);
    expect(acts.find((a) => a.opened.act === "verified")?.completed?.seq).toBe(7);
  });

  it("says of an act that a stop cut off that its outcome is not known", () => {
    const settled = { ...custody[6], opened_by: 6, outcome: "unknown" } as (typeof custody)[number];
    const acts = foldCustody([...custody.slice(0, 6), settled]);
    expect(acts.find((a) => a.opened.act === "exported")?.state).toBe("unknown");
  });

  it("leaves no entry out", () => {
    const orphan = { ...custody[6], opened_by: 99 } as (typeof custody)[number];
    const acts = foldCustody([...custody.slice(0, 6), orphan]);
    expect(acts.flatMap((a) => [a.opened, a.completed]).filter(Boolean)).toHaveLength(7);
  });
});

describe("recordings of one hearing", () => {
  it("stand in the order in which they were made", () => {
    const of = (recording: string) => ({ recording });
    const early = of("019b0000-0000-7000-8000-000000000009");
    const late = of("019b0000-0001-7000-8000-000000000001");
    expect(inOrder([late, early])).toEqual([early, late]);
  });
});
