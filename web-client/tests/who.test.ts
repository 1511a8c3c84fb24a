import { beforeAll, describe, expect, it } from "vitest";
import { loadCatalogues } from "../src/content";
import { day } from "../src/core/format";
import { language } from "../src/core/text";
import { notesOf } from "../src/core/timeline";
import { whoText } from "../src/core/who";

beforeAll(loadCatalogues);

describe("who did something", () => {
  it("is said with the role in the language of the page", () => {
    language.value = "ru";
    expect(whoText("Elena Sokolova (defence_counsel)")).toMatch(/^Elena Sokolova \(.*[а-я].*\)$/);
    expect(whoText("Ann (Mary) Lee (judge)")).toMatch(/^Ann \(Mary\) Lee \([А-я]+\)$/);
    expect(whoText("Registry (staff)")).toBe("Registry (сотрудник суда)");
    language.value = "en";
    expect(whoText("Elena Sokolova (defence_counsel)")).toBe("Elena Sokolova (Defence counsel)");
  });

  it("stays as it is where it names no role", () => {
    for (const by of ["oyer/0.1.0", "Olim Rahmonov", "X (something)", ""]) expect(whoText(by)).toBe(by);
  });
});

describe("a day of the court's calendar", () => {
  it("is the same day wherever the page is read, and what is no day stays", () => {
    expect(day("2023-03-01", "en-GB")).toBe("1 March 2023");
    expect(day("2023-03-01", "uz")).toBe("1-mart 2023-yil");
    expect(day("soon", "en-GB")).toBe("soon");
  });
});

describe("notes on the timeline", () => {
  it("are those of the part, in order, none beyond its end", () => {
    const note = (seq: number, segment: number, media_ms: number) => {
      return { seq, segment, media_ms, text: `note ${seq}`, at: "2026-11-24T05:00:00.000Z", by: "Clerk" };
    };
    const all = [note(9, 1, 90_000), note(7, 1, 5_000), note(8, 2, 1_000), note(6, 1, 5_000)];
    expect(notesOf(all, 1, 60_000).map(({ key, ms }) => [key, ms])).toEqual([
      [6, 5_000],
      [7, 5_000],
      [9, 60_000],
    ]);
  });
});
