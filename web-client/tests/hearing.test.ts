import { describe, expect, it } from "vitest";
import { idOf, me, person, view } from "../dev/data";
import { shownActs } from "../src/components/acts/acts";
import { groups } from "../src/components/bench/people";
import { shownTiles } from "../src/components/tile/tiles";
import { passes, verdict } from "../src/core/check";
import { bestGrid } from "../src/core/grid";
import { ENTRIES_MAX, HearingStore, othersInRoom, seatsNeeded } from "../src/core/hearing";
import { newsBetween } from "../src/core/news";
import { grade, interval } from "../src/core/quality";
import type { Seat } from "../src/core/wire";

const you = () => {
  const { participant, name, role, capabilities } = me("judge");
  return { participant, name, role, capabilities };
};
const seat = (n: number, change: Partial<Seat> = {}): Seat => ({
  seat: n,
  participant: idOf("witness"),
  source: "camera",
  audio: true,
  video: true,
  paused: false,
  ...change,
});

describe("hearing store", () => {
  it("drops a view older than the one it has, but takes any view of a welcome", () => {
    const store = new HearingStore();
    const people = [person("judge")];
    store.receive(
      {
        type: "welcome",
        version: 1,
        you: you(),
        hearing: view(people, { revision: 9 }),
        seats: [],
        server_time: 1500,
      },
      1000,
    );
    expect(store.clockOffset.value).toBe(500);
    store.receive({ type: "hearing", hearing: view(people, { revision: 8, state: "paused" }) }, 0);
    expect(store.view.value?.state).toBe("in_session");
    store.receive({ type: "hearing", hearing: view(people, { revision: 10, state: "paused" }) }, 0);
    expect(store.view.value?.state).toBe("paused");
    store.receive(
      {
        type: "welcome",
        version: 1,
        you: you(),
        hearing: view(people, { revision: 1 }),
        seats: [],
        server_time: 0,
      },
      0,
    );
    expect(store.view.value?.revision).toBe(1);
    expect(store.self.value?.role).toBe("judge");
  });

  it("keeps a failed act until it is put away, and a bounded list of the others", () => {
    const store = new HearingStore();
    const failed = store.begin({ act: "pause" });
    store.finish(failed, { type: "", title: "", status: 409, detail: "", code: "wrong_state" });
    const done = store.begin({ act: "begin" });
    store.finish(done, null);
    expect(shownActs(store.acts.value).map((e) => e.status)).toEqual(["done", "failed"]);
    store.dismiss(failed);
    expect(shownActs(store.acts.value).map((e) => e.status)).toEqual(["done"]);
    for (let i = 0; i < 100; i++) store.begin({ act: "pause" });
    expect(store.acts.value.length).toBe(ENTRIES_MAX);
  });

  it("replaces the seats whole", () => {
    const store = new HearingStore();
    store.receive({ type: "seats", seats: [seat(0), seat(1)] }, 0);
    store.receive({ type: "seats", seats: [seat(1)] }, 0);
    expect(store.seats.value.map((s) => s.seat)).toEqual([1]);
  });
});

describe("seats", () => {
  it("grow in steps of eight and only when a seat lies beyond what is negotiated", () => {
    expect(seatsNeeded([], 8)).toBe(8);
    expect(seatsNeeded([seat(7)], 8)).toBe(8);
    expect(seatsNeeded([seat(8)], 8)).toBe(16);
    expect(seatsNeeded([seat(20)], 8)).toBe(24);
    expect(seatsNeeded([seat(500)], 8)).toBe(64);
  });

  it("show everybody in the room, with or without a picture, and each shared screen apart", () => {
    const witness = person("witness");
    const tiles = shownTiles(
      [person("judge"), witness],
      [seat(0), seat(1, { source: "screen", audio: false })],
    );
    expect(tiles.map((x) => [x.participant.role, x.screen, x.seat?.seat])).toEqual([
      ["witness", true, 1],
      ["judge", false, undefined],
      ["witness", false, 0],
    ]);
  });

  it("show nobody of another room", () => {
    const self = person("judge");
    const all = [self, person("witness"), person("observer", { state: "waiting", room: "waiting_room" })];
    expect(othersInRoom(view(all), self).map((p) => p.role)).toEqual(["witness"]);
    const waiting = person("observer", { state: "waiting", room: "waiting_room" });
    const other = person("expert", { state: "waiting", room: "waiting_room" });
    expect(othersInRoom(view([waiting, other]), waiting)).toEqual([]);
  });
});

describe("bench", () => {
  it("groups people by where they are", () => {
    const by = groups(
      view([
        person("judge"),
        person("witness", { state: "waiting", room: "waiting_room" }),
        person("press", { state: "removed", room: null }),
        person("accused", { state: "in_consultation", room: "consultation_room" }),
        person("expert", { state: "checking_equipment", room: null }),
      ]),
    );
    expect(by.here.map((p) => p.role)).toEqual(["judge"]);
    expect(by.waiting.map((p) => p.role)).toEqual(["witness"]);
    expect(by.gone.map((p) => p.role)).toEqual(["press"]);
    expect(by.apart.map((p) => p.role)).toEqual(["accused"]);
    expect(by.absent.map((p) => p.role)).toEqual(["expert"]);
  });
});

describe("news", () => {
  const self = idOf("judge");
  it("tells of the record, of the hearing, and of who comes and goes", () => {
    const before = view([person("judge"), person("witness", { state: "waiting", room: "waiting_room" })], {
      recording: "off",
    });
    const after = view([person("judge"), person("witness")], { recording: "recording" });
    expect(newsBetween(before, after, self, true).map((n) => n.id)).toEqual([
      "recording-recording",
      "news-came-in",
    ]);
    expect(newsBetween(after, before, self, false).map((n) => n.id)).toEqual([
      "recording-off",
      "news-went-out",
    ]);
  });
  it("says nothing when nothing changed, and nothing at the first view", () => {
    const one = view([person("judge"), person("witness")]);
    expect(newsBetween(one, { ...one, revision: 8 }, self, true)).toEqual([]);
    expect(newsBetween(null, one, self, true)).toEqual([]);
  });
  it("tells only the bench who waits and whose hand is up", () => {
    const before = view([
      person("judge"),
      person("witness"),
      person("observer", { state: "invited", room: null }),
    ]);
    const after = view([
      person("judge"),
      person("witness", { hand_raised: true }),
      person("observer", { state: "waiting", room: "waiting_room" }),
    ]);
    expect(
      newsBetween(before, after, self, true)
        .map((n) => n.id)
        .sort(),
    ).toEqual(["news-hand", "news-waits"]);
    expect(newsBetween(before, after, self, false)).toEqual([]);
  });
});

describe("verdict of the check", () => {
  const input = {
    publishes: true,
    camera: true,
    microphone: true,
    connected: true,
    frames: 20,
    sound: true,
    elapsedMs: 2000,
  };
  it.each([
    [{}, "good", true],
    [{ camera: false, frames: 0 }, "good_sound_only", true],
    [{ microphone: false, sound: false }, "good_picture_only", false],
    [{ camera: false, microphone: false }, "no_devices", false],
    [{ connected: false }, "connecting", false],
    [{ connected: false, elapsedMs: 20_000 }, "unreachable", false],
    [{ frames: 2 }, "testing", false],
    [{ frames: 2, elapsedMs: 9000 }, "no_picture", false],
    [{ frames: 0, sound: false, elapsedMs: 9000 }, "nothing", false],
    [{ sound: false }, "testing", false],
    [{ sound: false, elapsedMs: 5000 }, "speak", false],
    [{ sound: false, elapsedMs: 16_000 }, "no_sound", false],
    [{ publishes: false, camera: false, microphone: false }, "watch_ready", true],
  ] as const)("%j is %s", (change, expected, ok) => {
    const result = verdict({ ...input, ...change });
    expect(result).toBe(expected);
    expect(passes(result)).toBe(ok);
  });
});

describe("quality", () => {
  it("measures an interval, also across a new connection", () => {
    expect(interval({ packets: 100, lost: 0, rttMs: 5 }, { packets: 190, lost: 10, rttMs: 40 })).toEqual({
      lossPerMille: 100,
      rttMs: 40,
    });
    expect(interval({ packets: 1000, lost: 50, rttMs: 5 }, { packets: 90, lost: 10, rttMs: 7 })).toEqual({
      lossPerMille: 100,
      rttMs: 7,
    });
    expect(interval({ packets: 5, lost: 0, rttMs: 1 }, { packets: 5, lost: 0, rttMs: 1 }).lossPerMille).toBe(
      0,
    );
  });
  it("grades in three steps", () => {
    expect(grade({ lossPerMille: 5, rttMs: 80 })).toBe("good");
    expect(grade({ lossPerMille: 60, rttMs: 80 })).toBe("weak");
    expect(grade({ lossPerMille: 0, rttMs: 500 })).toBe("weak");
    expect(grade({ lossPerMille: 200, rttMs: 80 })).toBe("bad");
  });
});

describe("grid", () => {
  it("fills the box with equal tiles that fit into it", () => {
    for (let count = 1; count <= 16; count++) {
      const { columns, width } = bestGrid(count, { width: 900, height: 600 });
      const rows = Math.ceil(count / columns);
      expect(columns * width + (columns - 1) * 10).toBeLessThanOrEqual(900);
      expect(rows * ((width * 9) / 16 + 54) + (rows - 1) * 10).toBeLessThanOrEqual(600);
    }
    expect(bestGrid(4, { width: 900, height: 600 }).columns).toBe(2);
  });
  it("puts four people on a phone two by two, and never makes a tile wider than the box", () => {
    expect(bestGrid(4, { width: 304, height: 384 }).columns).toBe(2);
    const many = bestGrid(12, { width: 304, height: 384 });
    expect(many.width * many.columns + 10 * (many.columns - 1)).toBeLessThanOrEqual(304);
  });
});
