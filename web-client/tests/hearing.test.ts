import { describe, expect, it } from "vitest";
import { idOf, me, person, view } from "../dev/data";
import { shownActs } from "../src/components/acts/acts";
import { consultations, mayConsult } from "../src/components/bench/consultation";
import { groups } from "../src/components/bench/people";
import { retirement } from "../src/components/bench/sitting";
import { shownTiles } from "../src/components/tile/tiles";
import { Api } from "../src/core/api";
import { passes, verdict, watchVerdict } from "../src/core/check";
import { bestGrid, SQUARE, WIDE } from "../src/core/grid";
import { ENTRIES_MAX, HearingStore, othersInRoom, seatsNeeded } from "../src/core/hearing";
import { Live } from "../src/core/live";
import { newsBetween } from "../src/core/news";
import { grade, interval, known } from "../src/core/quality";
import type { ParticipantView, Seat } from "../src/core/wire";
import { wordAtFirst, wordBetween } from "../src/core/word";

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
  undecodable: false,
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
      null,
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
  it("tells who is in the room to whoever comes in, and of nobody that they came or went", () => {
    const witness = idOf("witness");
    const outside = view([person("witness", { state: "waiting", room: "waiting_room" })]);
    const inside = view([person("prosecutor"), person("witness"), person("judge")]);
    expect(newsBetween(outside, inside, witness, false)).toEqual([
      { id: "recording-recording", args: {} },
      { id: "news-in-room", args: { names: "Nodira Yusupova, Botir Aliyev" } },
    ]);
    expect(newsBetween(inside, outside, witness, false)).toEqual([]);
    expect(newsBetween(outside, view([person("witness")]), witness, false).map((n) => n.id)).toEqual([
      "recording-recording",
      "news-in-room-alone",
    ]);
  });
  it("says in a room apart that nothing is recorded there, and of the hearing's record only to whoever steers it", () => {
    const counsel = idOf("defence_counsel");
    const apart = { state: "in_consultation", room: "consultation_room", consultation: 1 } as const;
    const hearing = view([person("judge"), person("defence_counsel")]);
    const away = view([person("defence_counsel", apart)]);
    const ids = (news: { id: string }[]) => news.map((n) => n.id);
    expect(ids(newsBetween(hearing, away, counsel, false))).toEqual([
      "recording-not-here",
      "news-in-room-alone",
    ]);
    expect(newsBetween(away, { ...away, recording: "failing" }, counsel, false)).toEqual([]);
    expect(ids(newsBetween(away, { ...hearing, recording: "off" }, counsel, false))).toEqual([
      "recording-off",
      "news-in-room",
    ]);
    const retired = view([person("judge", { state: "retired", room: "retiring_room" })]);
    const nothing = { ...retired, recording: "nothing_to_record" } as const;
    expect(ids(newsBetween(retired, nothing, self, true))).toEqual(["bench-record-nothing-to-record"]);
  });
});

describe("verdict of the check", () => {
  const input = {
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
    [{ sound: false, quiet: "off", elapsedMs: 16_000 }, "microphone_off", false],
    [{ camera: false, frames: 0, sound: false, quiet: "off" }, "microphone_off", false],
    [{ sound: false, quiet: "silenced", elapsedMs: 5000 }, "silenced", false],
    [{ frames: 0, sound: false, quiet: "off", elapsedMs: 9000 }, "nothing", false],
    [{ microphone: false, quiet: "off" }, "good_picture_only", false],
  ] as const)("%j is %s", (change, expected, ok) => {
    const result = verdict({ ...input, ...change });
    expect(result).toBe(expected);
    expect(passes(result)).toBe(ok);
  });
  it.each([
    [false, null, 100, "connecting", false],
    [false, true, 20_000, "unreachable", false],
    [true, null, 20_000, "watch_listen", false],
    [true, false, 100, "watch_silent", false],
    [true, true, 100, "watch_ready", true],
  ] as const)(
    "of somebody who only listens: connected %s, heard %s",
    (connected, heard, elapsedMs, expected, ok) => {
      const result = watchVerdict({ connected, heard, elapsedMs });
      expect(result).toBe(expected);
      expect(passes(result)).toBe(ok);
    },
  );
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
    expect(interval({ packets: 5, lost: 0, rttMs: 1 }, { packets: 5, lost: 0, rttMs: 1 })).toBeNull();
  });
  it("grades in three steps", () => {
    expect(grade({ lossPerMille: 5, rttMs: 80 })).toBe("good");
    expect(grade({ lossPerMille: 60, rttMs: 80 })).toBe("weak");
    expect(grade({ lossPerMille: 0, rttMs: 500 })).toBe("weak");
    expect(grade({ lossPerMille: 200, rttMs: 80 })).toBe("bad");
  });
  it("is claimed of a connection that stands and was measured, and of no other", () => {
    expect(known("good", { socket: true, media: true })).toBe("good");
    expect(known("bad", { socket: true, media: true })).toBe("bad");
    expect(known(null, { socket: true, media: true })).toBe("unknown");
    expect(known("good", { socket: false, media: true })).toBe("unknown");
    expect(known("good", { socket: true, media: false })).toBe("unknown");
  });
});

describe("grid", () => {
  it("fills the box with equal tiles that fit into it", () => {
    for (let count = 1; count <= 16; count++) {
      const { columns, width, picture } = bestGrid(count, { width: 900, height: 600 });
      const rows = Math.ceil(count / columns);
      expect(columns * width + (columns - 1) * 10).toBeLessThanOrEqual(900);
      expect(rows * (picture + 54) + (rows - 1) * 10).toBeLessThanOrEqual(600);
      expect(Math.abs(picture - ((width - 6) * 9) / 16)).toBeLessThan(1.5);
    }
    expect(bestGrid(4, { width: 900, height: 600 }).columns).toBe(2);
  });
  it("uses the height of a phone: taller pictures, cut at the sides to a square at most", () => {
    const box = { width: 344, height: 560 };
    const area = (g: { width: number; picture: number }) => g.width * g.picture;
    for (const count of [1, 2, 3, 4, 6]) {
      const grid = bestGrid(count, box, SQUARE);
      expect(area(grid), `${count}`).toBeGreaterThanOrEqual(area(bestGrid(count, box, WIDE)));
      expect(grid.picture).toBeLessThanOrEqual(grid.width);
      const rows = Math.ceil(count / grid.columns);
      expect(rows * (grid.picture + 54) + (rows - 1) * 10).toBeLessThanOrEqual(560);
    }
    expect(bestGrid(2, box, SQUARE).columns).toBe(1);
    expect(area(bestGrid(4, box, SQUARE)) / area(bestGrid(4, box, WIDE))).toBeGreaterThan(1.6);
  });
  it("puts four people on a phone two by two, and never makes a tile wider than the box", () => {
    expect(bestGrid(4, { width: 304, height: 384 }).columns).toBe(2);
    const many = bestGrid(12, { width: 304, height: 384 });
    expect(many.width * many.columns + 10 * (many.columns - 1)).toBeLessThanOrEqual(304);
  });
});

describe("the court's word to oneself", () => {
  const word = (
    was: Partial<ParticipantView>,
    is: Partial<ParticipantView>,
    role: "witness" | "prosecutor",
  ) => wordBetween(view([person(role, was)]), view([person(role, is)]), idOf(role));
  const waiting = { state: "waiting", room: "waiting_room" } as const;
  const inside = { state: "in_hearing", room: "hearing_room" } as const;

  it("names what happened, the weightiest first", () => {
    expect(word(waiting, { ...inside, testimony: "called" }, "witness")).toBe("called");
    expect(word(waiting, inside, "prosecutor")).toBe("admitted");
    expect(word({ testimony: "called" }, { testimony: "sworn" }, "witness")).toBe("sworn");
    expect(word({ testimony: "called" }, { testimony: "affirmed" }, "witness")).toBe("affirmed");
    expect(word(inside, waiting, "witness")).toBe("sent-to-waiting");
    expect(word({ muted: true }, { muted: false }, "witness")).toBe("unmuted");
    expect(word({ room: "consultation_room" }, inside, "prosecutor")).toBe("returned");
  });

  it("says nothing of what did not happen, nor of others, nor at the first view", () => {
    expect(word(inside, inside, "witness")).toBeNull();
    expect(word({ room: null }, inside, "prosecutor")).toBeNull();
    const others = [view([person("witness", waiting)]), view([person("witness", inside)])] as const;
    expect(wordBetween(others[0], others[1], idOf("judge"))).toBeNull();
    expect(wordBetween(null, others[1], idOf("witness"))).toBeNull();
  });

  it("is heard through the store, also when the connection was away in between", () => {
    const store = new HearingStore();
    const { participant, name, role, capabilities } = me("witness");
    const welcome = (change: Partial<ParticipantView>, now: number) =>
      store.receive(
        {
          type: "welcome",
          version: 1,
          you: { participant, name, role, capabilities },
          hearing: view([person("witness", change)]),
          seats: [],
          server_time: 0,
        },
        now,
      );
    welcome(waiting, 1);
    expect(store.word.value).toBeNull();
    welcome(inside, 2);
    expect(store.word.value).toEqual({ id: "called", at: 2 });
    // What was said of the hearing room is not true in the next room, nor after the end.
    const move = { state: "in_consultation", room: "consultation_room" } as const;
    store.receive({ type: "hearing", hearing: view([person("witness", move)], { revision: 8 }) }, 3);
    expect(store.word.value).toBeNull();
    store.receive({ type: "hearing", hearing: view([person("witness", inside)], { revision: 9 }) }, 4);
    expect(store.word.value?.id).toBe("returned");
    store.receive({ type: "bye", reason: "removed" }, 5);
    expect(store.word.value).toBeNull();
  });

  it("tells whoever comes in by a page that opens in mid-hearing that they are back", () => {
    expect(wordAtFirst(view([person("witness", inside)]), idOf("witness"))).toBe("returned");
    expect(wordAtFirst(view([person("witness", waiting)]), idOf("witness"))).toBeNull();
    expect(wordAtFirst(view([person("judge", inside)]), idOf("witness"))).toBeNull();
  });
});

describe("what of oneself reaches the others", () => {
  const live = (role: "witness" | "observer", change: Partial<ParticipantView> = {}) => {
    const api = new Api(
      "http://court.test",
      () => null,
      () => Promise.reject(new Error("no network here")),
    );
    const made = new Live({ api, hearing: "h", url: "ws://court.test", session: () => null });
    const { participant, name, capabilities } = me(role);
    made.hearing.receive(
      {
        type: "welcome",
        version: 1,
        you: { participant, name, role, capabilities },
        hearing: view([person(role, change)]),
        seats: [],
        server_time: 0,
      },
      0,
    );
    made.connection.state.value = "connected";
    made.publisher.state.value = "connected";
    made.subscriber.state.value = "connected";
    return made;
  };

  it("is nothing before it is connected, unknown when the connection broke", () => {
    const one = live("witness");
    expect(one.reach()).toBe("nothing");
    for (const state of ["idle", "connecting"] as const) {
      one.publisher.state.value = state;
      expect(one.reach(), state).toBe("connecting");
    }
    one.publisher.state.value = "interrupted";
    expect(one.reach()).toBe("unsent");
    one.publisher.state.value = "connected";
    one.connection.state.value = "reconnecting";
    expect(one.reach()).toBe("unsent");
  });

  it("does not tell an observer that they hear what they do not hear", () => {
    const one = live("observer");
    expect(one.reach()).toBe("watch");
    one.soundBlocked.value = true;
    expect(one.reach()).toBe("watch-unheard");
    one.hearing.receive(
      { type: "hearing", hearing: view([person("observer")], { revision: 8, state: "paused" }) },
      0,
    );
    expect(one.reach()).toBe("quiet");
    one.subscriber.state.value = "interrupted";
    expect(one.reach()).toBe("watch-alone");
  });
});

describe("the bench", () => {
  it("offers each side the consultations that it may join, and names who is there", () => {
    const apart = (role: Parameters<typeof person>[0], consultation: number) =>
      person(role, { state: "in_consultation", room: "consultation_room", consultation });
    const all = [
      person("judge"),
      apart("defence_counsel", 1),
      apart("prosecutor", 2),
      person("interpreter"),
      person("witness"),
    ];
    const offered = (role: Parameters<typeof person>[0], change = {}) =>
      consultations(view(all), person(role, change)).map((c) => [c.number, c.people.map((p) => p.role)]);
    expect(offered("interpreter")).toEqual([
      [1, ["defence_counsel"]],
      [2, ["prosecutor"]],
    ]);
    expect(offered("accused")).toEqual([[1, ["defence_counsel"]]]);
    expect(offered("victim")).toEqual([[2, ["prosecutor"]]]);
    expect(offered("interpreter", { consultation: 2 })).toEqual([[1, ["defence_counsel"]]]);
    expect(["interpreter", "accused", "prosecutor"].map((r) => mayConsult(person(r as "accused")))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["judge", "witness", "observer"].map((r) => mayConsult(person(r as "judge")))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("puts whoever gives evidence first, on the stage and in the list", () => {
    const all = [person("judge"), person("clerk"), person("witness", { testimony: "sworn" })];
    expect(othersInRoom(view(all), person("observer")).map((p) => p.role)).toEqual([
      "witness",
      "judge",
      "clerk",
    ]);
    expect(groups(view(all), null).here[0]?.role).toBe("witness");
    // With oneself one does nothing: last.
    expect(groups(view(all), idOf("judge")).here.at(-1)?.role).toBe("judge");
    const done = [person("judge"), person("witness", { testimony: "released" })];
    expect(othersInRoom(view(done), person("observer"))[0]?.role).toBe("judge");
  });

  it("retires together after a pause, oneself last, and comes back together", () => {
    const judge = idOf("judge");
    const member = { ...person("judge"), id: "member", role: "panel_member" as const };
    const both = [person("judge"), member, person("clerk")];
    expect(retirement(view(both), judge).out).toEqual([
      { act: "pause" },
      { act: "move", participant: "member", room: "retiring_room" },
      { act: "move", participant: judge, room: "retiring_room" },
    ]);
    expect(retirement(view(both, { state: "paused" }), judge).out).toHaveLength(2);
    expect(retirement(view(both), judge).back).toEqual([]);
    const away = both.map((p) =>
      p.role === "clerk" ? p : { ...p, state: "retired" as const, room: "retiring_room" as const },
    );
    expect(retirement(view(away), judge)).toEqual({
      out: [],
      back: [
        { act: "move", participant: "member", room: "hearing_room" },
        { act: "move", participant: judge, room: "hearing_room" },
      ],
    });
    expect(retirement(view([person("clerk")]), judge)).toEqual({ out: [], back: [] });
  });
});
