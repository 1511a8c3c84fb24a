import { describe, expect, it } from "vitest";
import { idOf, person, view } from "../dev/data";
import { newsBetween } from "../src/core/news";
import { PutAway, warnings } from "../src/core/warnings";

const storage = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
};
const declined = (at: number | null, over: number | null = null) =>
  view([person("judge"), person("witness", { link_declined_at: at, seat_taken_over_at: over })]);

describe("warnings", () => {
  it("come from what the court alone is told, the newest first", () => {
    expect(warnings(declined(null))).toEqual([]);
    expect(warnings(declined(10, 20)).map((w) => [w.kind, w.at])).toEqual([
      ["seat-taken-over", 20],
      ["link-declined", 10],
    ]);
  });

  it("are put away one by one, also over a reload, and come again when it happens again", () => {
    const kept = storage();
    const [first] = warnings(declined(10));
    if (!first) throw new Error("no warning");
    new PutAway(kept).add(first);
    const after = new PutAway(kept);
    expect(after.has(first)).toBe(true);
    expect(warnings(declined(11)).some((w) => after.has(w))).toBe(false);
    expect(warnings(declined(null, 10)).some((w) => after.has(w))).toBe(false);
  });

  it("are shown again when what was kept cannot be read", () => {
    const kept = storage();
    kept.setItem("oyer.warnings", "{");
    const [first] = warnings(declined(10));
    expect(first && new PutAway(kept).has(first)).toBe(false);
  });

  it("are told aloud when they come and when they come again, not each time", () => {
    const judge = idOf("judge");
    const ids = (before: ReturnType<typeof view>, after: ReturnType<typeof view>) =>
      newsBetween(before, after, judge, true).map((n) => n.id);
    expect(ids(declined(null), declined(10))).toEqual(["news-link-declined"]);
    expect(ids(declined(10), declined(10))).toEqual([]);
    expect(ids(declined(10), declined(12, 13))).toEqual(["news-seat-taken-over", "news-link-declined"]);
  });
});
