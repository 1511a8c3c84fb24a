import { beforeEach, describe, expect, it } from "vitest";
import { court, dialled, learnCourt } from "../src/core/court";
import { expiry, linksOf, stillOpens, validSeconds } from "../src/core/invitations";
import type { Court, IssuedInvitation } from "../src/core/wire";

const COURT: Court = { name: "Tashkent City Court", telephone: "+998 (71) 200-00-00" };

describe("whom to call", () => {
  beforeEach(() => {
    court.value = null;
  });

  it("is asked for again until the server answers, and not for ever", async () => {
    let asked = 0;
    let answers = false;
    const later: Array<() => void> = [];
    const timing = { set: (run: () => void) => later.push(run), clear: () => undefined, random: () => 0 };
    const api = {
      court: async () => {
        asked++;
        if (!answers) throw new Error("no answer");
        return COURT;
      },
    };
    const turns = async () => {
      for (let run = later.shift(); run; run = later.shift()) {
        run();
        await new Promise<void>((done) => setTimeout(done));
      }
    };
    await learnCourt(api, timing);
    await turns();
    expect(asked).toBe(5);
    expect(court.value).toBeNull();
    answers = true;
    await learnCourt(api, timing);
    expect(court.value).toEqual(COURT);
  });

  it("is dialled by its digits", () => {
    expect(dialled("+998 (71) 200-00-00")).toBe("+998712000000");
    expect(dialled(" 112 ")).toBe("112");
  });
});

describe("links", () => {
  const DAY = 86_400_000;
  const link = (id: string, state: IssuedInvitation["state"], created_at: number): IssuedInvitation => ({
    id,
    participant: "p",
    state,
    created_at,
    expires_at: 9,
    redeemed_at: null,
  });

  it("outlast their hearing, and for a hearing that is past count from now", () => {
    const now = 1_000 * DAY + 1;
    expect(expiry(now + 120 * DAY, 7, now)).toBe(now + 127 * DAY);
    expect(validSeconds(now + 120 * DAY, 7, now)).toBe(127 * 86_400);
    expect(expiry(now - 5 * DAY, 1, now)).toBe(now + DAY);
    // The server must never be asked for an expiry before the one that the page names.
    expect(validSeconds(now + 1, 1, now) * 1_000).toBeGreaterThanOrEqual(expiry(now + 1, 1, now) - now);
  });

  it("of one person are those that open and those that do not, newest first", () => {
    const all = [
      link("a", "used", 1),
      link("b", "expired", 2),
      link("c", "unused", 3),
      link("d", "revoked", 4),
      { ...link("e", "unused", 5), participant: "other" },
    ];
    const { open, over } = linksOf(all, "p");
    expect(open.map((i) => i.id)).toEqual(["c", "a"]);
    expect(over.map((i) => i.id)).toEqual(["d", "b"]);
    const made = { id: "d", participant: "p", link: "x", expires_at: 9 };
    expect(stillOpens(made, all)).toBe(false);
    expect(stillOpens({ ...made, id: "c" }, all)).toBe(true);
    expect(stillOpens({ ...made, id: "not listed yet" }, all)).toBe(true);
  });
});
