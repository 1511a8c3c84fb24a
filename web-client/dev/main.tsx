import "../src/styles/main.scss";
import { effect } from "@preact/signals";
import { render } from "preact";
import { Root } from "../src/app/app";
import { AppProvider } from "../src/app/context";
import { route, routeOf } from "../src/app/route";
import { loadCatalogues } from "../src/content";
import { Api } from "../src/core/api";
import { learnCourt } from "../src/core/court";
import { Live } from "../src/core/live";
import { ignoreHeldKeys } from "../src/core/press";
import { SessionStore } from "../src/core/session";
import { type Language, language } from "../src/core/text";
import type {
  Annotation,
  ByeReason,
  HearingView,
  ParticipantState,
  ParticipantView,
  PlaybackView,
  Role,
  Room,
  Seat,
  Step,
} from "../src/core/wire";
import { EndedPage } from "../src/pages/ended";
import { LivePage } from "../src/pages/hearing";
import { conditionAnswer } from "./condition-data";
import * as custody from "./custody-data";
import * as data from "./data";
import { drawnPicture } from "./picture";
import * as redaction from "./redaction-data";

// Shows one page from fixed data: /dev/?page=hearing&lang=ru&role=judge
const query = new URLSearchParams(location.search);
const page = query.get("page") ?? "join";
const role = (query.get("role") ?? "witness") as Role;
const { person } = data;
const few = query.get("few") !== null;
loadCatalogues();
ignoreHeldKeys(document);
language.value = (query.get("lang") ?? "en") as Language;
effect(() => {
  document.documentElement.lang = language.value;
});

// For tests: what the page asked the server for.
const asked: string[] = [];
Object.assign(window, { asked });
let tickets = 0;
const sizes: Record<string, number> = {};
/** Hash of the manifest of what is really served. */
let sealed = "";
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const fakeFetch: typeof fetch = async (input, init) => {
  const path = new URL(String(input), location.href).pathname.replace("/api/v1", "");
  asked.push(path);
  const condition = conditionAnswer(path, query.get("stands") ?? "well");
  if (condition !== undefined) return json(condition);
  if (path === "/court")
    return json(query.get("nocourt") === null ? data.court : { name: null, telephone: null });
  if (path.endsWith("/invitations") && init?.method === "POST") {
    const seconds = JSON.parse(String(init.body)).valid_seconds;
    const participant = path.split("/")[2] ?? "";
    const expires_at = Date.now() + seconds * 1000;
    const id = `00000000-0000-7000-8000-0000000008${String(issued.length).padStart(2, "0")}`;
    issued.push({ id, participant, state: "unused", created_at: Date.now(), expires_at, redeemed_at: null });
    return json({ id, participant, link: `${location.origin}/join#0123456789abcdefghijkl`, expires_at }, 201);
  }
  if (path.endsWith("/invitations")) return json(issued);
  if (path.startsWith("/invitations/") && init?.method === "DELETE") {
    for (const i of issued) if (path.endsWith(i.id)) i.state = "revoked";
    return new Response(null, { status: 204 });
  }
  const kept = custodyAnswer(path, init);
  if (kept) return kept;
  if (path === "/cases") return json(data.cases);
  if (path.endsWith("/participants")) return json(data.participants);
  if (path.endsWith("/verify")) return json(data.verification);
  if (path.endsWith("/tickets")) {
    tickets++;
    // With a copy made, each ticket has an address of its own, as the server's have.
    const base = query.get("copied") === null ? "/dev-media" : `/dev-media/ticket-${tickets}`;
    return json({ base, expires_at: Date.now() + 600_000 });
  }
  if (path.endsWith("/playback")) {
    if (query.get("cut") !== null) throw new TypeError("no connection");
    const { tracks, gaps } = data.recording(sizes);
    const received_at = Date.now();
    const ticket = { base: "/dev-media", expires_at: received_at + 600_000 };
    const sound = role !== "judge" && query.get("kept") !== null;
    const may = tracks.filter((x) => !sound || x.source === "microphone");
    // A witness who had no camera, beside others whose pictures are kept.
    const voice = query.get("voice") === null ? "" : data.idOf("witness");
    const away = tracks.filter((x) => !may.includes(x) && x.participant !== voice);
    const hidden = away.map((x) => x.file);
    const kept = away.map(({ participant, segment }) => ({ participant, segment }));
    const playback = shownRecording();
    return json({ playback, tracks: may, hidden, kept, gaps, ticket, received_at, sent_at: Date.now() });
  }
  if (path.endsWith("/access-copy")) {
    if (query.get("copied") !== null) return json({ state: "done", percent: 100, detail: null });
    copying ||= init?.method === "POST";
    return json(
      copying
        ? { state: "running", percent: 42, detail: null }
        : { state: "none", percent: null, detail: null },
    );
  }
  if (path.endsWith("/annotations")) {
    if (query.get("cut") !== null) throw new TypeError("no connection");
    notes.push({
      seq: 20 + notes.length,
      at: new Date().toISOString(),
      by: "Olim Rahmonov (clerk)",
      ...JSON.parse(String(init?.body)),
    });
    return new Response(null, { status: 201 });
  }
  if (path === `/recordings/${data.RECORDING}` && query.get("gone") !== null)
    return json({ type: "", title: "", status: 410, detail: "", code: "disposed" }, 410);
  if (path === `/recordings/${data.RECORDING}` && query.get("unreadable") !== null)
    return json({ type: "", title: "", status: 500, detail: "", code: "internal" }, 500);
  if (path === `/recordings/${data.OTHER_RECORDING}`) return json(data.otherRecording());
  if (path.startsWith("/recordings/") && query.get("redacted") !== null) return json(redaction.copy());
  if (path.startsWith("/recordings/")) {
    const h264 = query.get("h264") !== null;
    const found = query.get("failure") === null ? data.recording(sizes, h264) : data.afterFailure(sizes);
    found.annotations.push(...notes);
    if (sealed) found.evidence = { ...found.evidence, manifest_sha256: sealed };
    return json(copying ? { ...found, custody: [...found.custody, data.copyBegun] } : found);
  }
  if (path.endsWith("/state")) {
    if (now === null)
      return json({ type: "", title: "", status: 401, detail: "", code: "session_invalid" }, 401);
    return json({ hearing: now, recording: now.recording });
  }
  if (path.startsWith("/cases/")) {
    if (query.get("failure") !== null) return json(data.caseAfterFailure);
    return json(query.get("cut") === null ? data.caseFile : { ...data.caseFile, evidence: data.cutOff });
  }
  if (path === "/session" && init?.method === "DELETE") {
    if (query.get("cut") !== null) throw new TypeError("no connection");
    return new Response(null, { status: 204 });
  }
  if (path === "/invitations/redeem" && JSON.parse(String(init?.body)).secret === "good")
    return json({ session: "y", expires_at: Date.now() + 3_600_000, me: data.me(role) });
  if (path === "/invitations/redeem")
    return json({ type: "", title: "", status: 410, detail: "", code: "invitation_expired" }, 410);
  return json(
    { type: "", title: "Not found", status: 404, detail: "No such thing.", code: "not_found" },
    404,
  );
};

const notes: Annotation[] = [];
const requests = [...custody.requests];
const playbacks: unknown[] = [];
// For tests: what the page told of what it played.
Object.assign(window, { playbacks });

const proposal = query.get("proposed");
let retention = {
  ...custody.retention,
  disposals: [...(proposal ? [custody.proposed(proposal === "own")] : []), ...custody.retention.disposals],
};

/** Rules, holds and disposals; null for everything else. */
function retentionAnswer(path: string, said: { reason?: string } | null): Response | null {
  const by = { by: "Nodira Yusupova (judge)", reason: said?.reason ?? "", at: Date.now() };
  const decide = (state: "approved" | "rejected" | "done") => {
    const [first, ...rest] = retention.disposals;
    if (first) retention = { ...retention, disposals: [{ ...first, state, decided: by }, ...rest] };
  };
  if (path.endsWith("/holds")) {
    const hold = { id: data.CASE, set: by, lifted: null };
    retention = { ...retention, held: true, holds: [hold, ...retention.holds] };
  } else if (path.endsWith("/lift")) {
    const holds = retention.holds.map((h) => ({ ...h, lifted: h.lifted ?? by }));
    retention = { ...retention, held: false, holds };
  } else if (path.endsWith("/disposals")) {
    const own = { ...custody.proposed(true), proposed: by };
    retention = { ...retention, disposals: [own, ...retention.disposals] };
  } else if (path.endsWith("/approve")) decide("approved");
  else if (path.endsWith("/reject")) decide("rejected");
  else if (path.endsWith("/carry-out")) decide("done");
  else if (path.endsWith("/disposal")) return json(custody.disposed());
  else if (!path.endsWith("/retention")) return null;
  return json(retention);
}

/** Requests and releases; null for everything else. */
function custodyAnswer(path: string, init?: RequestInit): Response | null {
  const said = init?.body ? JSON.parse(String(init.body)) : null;
  const change = (change: object) => {
    const i = requests.findIndex((r) => path.includes(r.id));
    const known = requests[i];
    if (!known) return null;
    requests[i] = { ...known, ...change };
    return requests[i];
  };
  const by = { by: "Nodira Yusupova (judge)", reason: said?.reason ?? "", at: Date.now() };
  const link = `${location.origin}/release#0123456789abcdefghijkl`;
  if (path.endsWith("/playbacks")) {
    playbacks.push(said);
    return new Response(null, { status: 204 });
  }
  const isRedacted = query.get("redacted") !== null;
  if (path.endsWith("/recordings"))
    return json(
      custody.recordings.map((r) => ({ ...r, redacted: isRedacted ? ["1-1002-2602/118-R2"] : [] })),
    );
  const redacted = redaction.redactionAnswer(path, init?.method ?? "GET", said, role);
  if (redacted) return json(redacted.body, redacted.status);
  const kept = retentionAnswer(path, said);
  if (kept) return kept;
  if (path === "/releases/open" && said.secret !== "good")
    return json({ type: "", title: "", status: 410, detail: "", code: "release_over" }, 410);
  if (path === "/releases/open" || path.endsWith("/open")) {
    if (!isRedacted) return json(custody.opened);
    const ready = query.get("withheld") === null;
    const redacted = { references: ["1-1002-2602/118-R2"], ready };
    const copy = ready ? custody.opened.release.copy : { state: "none", percent: null, detail: null };
    return json({ ...custody.opened, release: { ...custody.opened.release, redacted, copy } });
  }
  if (path.endsWith("/grant")) {
    const expires_at = Date.now() + said.valid_days * 86_400_000;
    return json({ request: change({ state: "granted", decision: by, expires_at, opens: true }), link });
  }
  if (path.endsWith("/refuse")) return json(change({ state: "refused", decision: by }));
  if (path.endsWith("/withdraw")) return json(change({ state: "withdrawn", withdrawal: by, opens: false }));
  if (path.endsWith("/link")) return json({ request: change({}), link });
  if (path.endsWith("/requests") && init?.method === "POST") {
    const made = { ...(custody.requests[0] as (typeof requests)[0]), ...said, id: data.HEARING, number: 45 };
    requests.unshift(made);
    return json(made, 201);
  }
  return path.endsWith("/requests") ? json(requests) : null;
}

/** The hearing as the server tells it to a page that is not in it yet: `?self=in_hearing&hearing=paused`. */
const ROOMS: Partial<Record<ParticipantState, Room>> = {
  waiting: "waiting_room",
  in_hearing: "hearing_room",
  in_consultation: "consultation_room",
  retired: "retiring_room",
};
function viewNow(): HearingView {
  const self = (query.get("self") ?? "invited") as ParticipantState;
  const state = (query.get("hearing") ?? "listed") as HearingView["state"];
  const adjourned = state === "adjourned" ? { reason: query.get("reason"), next: query.get("next") } : null;
  return data.view([person(role, { state: self, room: ROOMS[self] ?? null })], {
    state,
    adjourned,
    recording: state === "in_session" ? "recording" : "off",
  });
}
let now: HearingView | null = null;

const issued = [...data.issued];
let copying = false;
now = query.get("self") === "nobody" ? null : viewNow();
// For tests: the court does something while somebody reads a page that is not in the hearing.
Object.assign(window, { soon: (change: Partial<HearingView>) => (now = now && { ...now, ...change }) });
const memory = new Map<string, string>();
const storage = {
  getItem: (key: string) => memory.get(key) ?? null,
  setItem: (key: string, value: string) => void memory.set(key, value),
  removeItem: (key: string) => void memory.delete(key),
};
const session = new SessionStore(storage);
session.keep({ session: "x", expires_at: Date.now() + 3_600_000, me: data.me(role) });
const api = new Api(location.origin, session.token, fakeFetch);
void learnCourt(api);
const app = { api, session };
const place = document.getElementById("app") as HTMLElement;

function live(participants: ParticipantView[], change: Partial<HearingView> = {}): Live {
  const made = new Live({ api, hearing: data.HEARING, url: "ws://127.0.0.1:1", session: session.token });
  const me = data.me(role);
  const seats = data.seats(participants, me.participant);
  made.hearing.receive(
    {
      type: "welcome",
      version: 1,
      you: { participant: me.participant, name: me.name, role, capabilities: me.capabilities },
      hearing: data.view(participants, change),
      seats,
      server_time: Date.now(),
    },
    Date.now(),
  );
  // As if the page had been open for a while.
  made.hearing.word.value = null;
  made.connection.state.value = "connected";
  made.publisher.state.value = "connected";
  made.subscriber.state.value = "connected";
  const seat = (taken: Seat[]) => {
    const media: typeof made.subscriber.media.value = {};
    for (const { seat } of taken)
      media[seat] = {
        audio: query.get("loud") === null ? null : tone(),
        video: drawnPicture(seat * 67 + 190, seat === 2),
      };
    made.hearing.seats.value = taken;
    made.subscriber.media.value = media;
  };
  seat(seats);
  if (me.capabilities.includes("publish")) {
    made.sources.local.value = {
      microphone: null,
      camera: drawnPicture(20).getVideoTracks()[0] ?? null,
      screen: null,
    };
    const audio = new AudioContext().createMediaStreamDestination();
    made.sources.local.value = {
      ...made.sources.local.value,
      microphone: audio.stream.getAudioTracks()[0] ?? null,
    };
  }
  if (query.get("denied") !== null) {
    made.sources.local.value = { microphone: null, camera: null, screen: null };
    made.sources.problems.value = { microphone: "denied", camera: "denied" };
  }
  // For tests: what the page is made of, and a way to let the court do something.
  Object.assign(window, {
    live: made,
    now: (change: Partial<HearingView>, self: Partial<ParticipantView> = {}, others = room()) => {
      const known = made.hearing.view.value as HearingView;
      const own = known.participants.find((p) => p.id === me.participant) as ParticipantView;
      const rest = change.participants ?? others.filter((p) => p.id !== me.participant);
      made.hearing.receive(
        {
          type: "hearing",
          hearing: {
            ...known,
            revision: known.revision + 1,
            ...change,
            participants: [{ ...own, ...self }, ...rest],
          },
        },
        Date.now(),
      );
      const seated = made.hearing.view.value?.participants ?? [];
      if (own.room !== "hearing_room") seat(data.seats(seated, me.participant));
    },
  });
  return made;
}

/** A recording that the court shows: `?page=together&at=5000`, which plays unless it stands. */
const shownSince = Date.now();
function shownRecording(): PlaybackView {
  const { segments } = data.recording(sizes);
  return {
    recording: data.RECORDING,
    manifest_sha256: sealed || "00",
    title: "Testimony of Zarina Karimova",
    protocol: "left_out",
    parts: segments.map(({ segment, duration_ms }) => ({ segment, duration_ms })),
    position_ms: Number(query.get("at") ?? "1000"),
    at: shownSince,
    playing: query.get("stands") === null,
    unseen: role === "judge" ? [data.idOf("prosecutor")] : null,
  };
}

/** Something to hear, in place of a voice. */
function tone(): MediaStream {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const oscillator = context.createOscillator();
  const quiet = new GainNode(context, { gain: 0.1 });
  oscillator.connect(quiet).connect(out);
  oscillator.start();
  return out.stream;
}

const room = () => {
  const all = [
    person("judge"),
    person("witness", { testimony: "sworn" }),
    person("prosecutor", { microphone: false }),
    person("defence_counsel", { hand_raised: true, microphone: false }),
  ];
  if (!few) all.push(person("clerk", { camera: false }), person("interpreter"));
  if (role === "judge" || role === "clerk") {
    all.push(
      person("observer", { state: "waiting", room: "waiting_room", equipment_ok: null }),
      person("expert", { state: "waiting", room: "waiting_room", equipment_ok: false }),
    );
  }
  return all;
};

/** The court calls whoever waits. */
function call() {
  const { now } = window as unknown as { now: (change: object, self: object) => void };
  now(
    { recording: "recording" },
    { state: "in_hearing", room: "hearing_room", testimony: role === "witness" ? "called" : null },
  );
}

function show() {
  switch (page) {
    case "check":
    case "check-bad": {
      const self = person(role, { state: "checking_equipment", room: null });
      const it = live([self]);
      it.hearing.seats.value = [
        {
          seat: 0,
          participant: self.id,
          source: "camera",
          audio: true,
          video: true,
          paused: false,
          undecodable: false,
        },
      ];
      let frames = 0;
      const count = () => {
        frames += page === "check" ? 8 : 0;
        return frames;
      };
      it.subscriber.received = async () => ({
        framesDecoded: count(),
        packets: 1,
        lost: 0,
        rttMs: 10,
      });
      it.subscriber.media.value = { 0: { audio: page === "check" ? tone() : null, video: drawnPicture(20) } };
      if (page === "check-bad") {
        it.sources.local.value = { microphone: null, camera: null, screen: null };
        it.sources.problems.value = { microphone: "denied", camera: "denied" };
      }
      return <LivePage live={it} />;
    }
    case "waiting": {
      const it = live([person(role, { state: "waiting", room: "waiting_room" })], {
        recording: "off",
        court_present: query.get("court") !== "no",
      });
      if (query.get("then") === "called") setTimeout(call, 300);
      return <LivePage live={it} />;
    }
    // Testimony recorded in advance: `?page=capture&step=oath`, with a clock that has run for a while.
    case "capture": {
      const step = (query.get("step") ?? "oath") as Step;
      const here = step !== "opening";
      const people = room().filter((p) => p.role !== "expert" && p.role !== "observer");
      const seated = people.map((p) =>
        p.role !== "witness"
          ? { ...p, hand_raised: false }
          : here
            ? { ...p, testimony: step === "oath" ? ("called" as const) : ("sworn" as const) }
            : { ...p, state: "waiting" as const, room: "waiting_room" as const },
      );
      const asks = query.get("asks") as Role | null;
      const objects = query.get("objects") as Role | null;
      return (
        <LivePage
          live={live(seated, {
            kind: "testimony",
            record_since: query.get("off") === null ? Date.now() - 754_000 : null,
            recording: query.get("off") === null ? "recording" : "off",
            capture: data.capture(step, {
              examining: asks && data.idOf(asks),
              objections: objects ? [{ number: 1, by: data.idOf(objects), ruling: null }] : [],
            }),
          })}
        />
      );
    }
    case "together":
      return <LivePage live={live(room(), { playback: shownRecording() })} />;
    case "hearing": {
      const it = live(room());
      if (query.get("silenced") !== null)
        it.hearing.view.value = data.view(room().map((p) => (p.role === role ? { ...p, muted: true } : p)));
      it.hearing.speaking.value = [data.idOf("witness")];
      it.hearing.peerQuality.value = { [data.idOf("prosecutor")]: "weak" };
      if (role === "judge") {
        it.hearing.finish(it.hearing.begin({ act: "go_on_record" }), null);
        it.hearing.finish(
          it.hearing.begin({ act: "swear", participant: data.idOf("witness"), form: "oath" }),
          null,
        );
        if (query.get("well") === null)
          it.hearing.finish(it.hearing.begin({ act: "admit", participant: data.idOf("expert") }), {
            type: "",
            title: "",
            status: 409,
            detail: "",
            code: "call_instead",
          });
      }
      return <LivePage live={it} />;
    }
    case "paused": {
      const it = live(room(), {
        state: "paused",
        recording: "failing",
        in_camera: true,
        record_on_resume: query.get("offrecord") === null,
      });
      it.hearing.seats.value = [];
      it.connection.state.value = "reconnecting";
      it.soundBlocked.value = true;
      return <LivePage live={it} />;
    }
    case "bye":
      session.link = query.get("link");
      return <EndedPage reason={query.get("bye") as ByeReason} hearing={data.HEARING} adjourned={null} />;
    case "ended":
      return <EndedPage reason="hearing_closed" hearing={data.HEARING} adjourned={null} />;
    case "adjourned":
      return (
        <EndedPage
          reason="hearing_adjourned"
          hearing={data.HEARING}
          adjourned={{ reason: "The interpreter is ill", next: "2026-12-01T05:00:00Z" }}
        />
      );
    default:
      return null;
  }
}

async function start() {
  const paths: Record<string, string> = {
    join: "/join",
    "join-bad": "/join",
    "join-link": "/join",
    home: "/",
    case: `/case/${data.CASE}`,
    recording: `/recording/${data.RECORDING}`,
    recordings: "/recordings",
    release: "/release",
    unknown: "/nowhere",
  };
  const path = paths[page];
  if (page === "recording" || page === "together") {
    const listed = await fetch("/dev-media/sizes.json");
    if (listed.ok) Object.assign(sizes, await listed.json());
    const known = await fetch("/dev-media/sealed.json");
    if (known.ok) sealed = await known.json();
  }
  if (path !== undefined) {
    if (page === "join-bad" || page === "join-link") {
      session.forget();
      location.hash = page === "join-bad" ? "secret" : "good";
    }
    if (query.get("nobody") !== null) session.forget();
    if (page === "release") location.hash = query.get("secret") ?? "";
    route.value = routeOf(path);
    render(<Root app={app} />, place);
  } else render(<AppProvider value={app}>{show()}</AppProvider>, place);
}
void start();
