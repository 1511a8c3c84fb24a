import type {
  CaptureView,
  Case,
  CaseFile,
  Court,
  CustodyEntry,
  Evidence,
  HearingView,
  IssuedInvitation,
  Me,
  Participant,
  ParticipantView,
  Recording,
  Role,
  Seat,
  Step,
  Verification,
} from "../src/core/wire";

/** Fixed data for looking at pages without a server. Nobody here exists. */

const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
export const HEARING = uuid(900);
export const CASE = uuid(901);
export const RECORDING = uuid(902);
const LISTED = Date.UTC(2026, 10, 24, 5, 0);

const PEOPLE: Array<[Role, string]> = [
  ["judge", "Nodira Yusupova"],
  ["clerk", "Olim Rahmonov"],
  ["witness", "Zarina Karimova"],
  ["prosecutor", "Botir Aliyev"],
  ["defence_counsel", "Elena Sokolova"],
  ["interpreter", "Dilshod Ergashev"],
  ["observer", "Madina Qodirova"],
  ["expert", "Sergey Kim"],
];

export const idOf = (role: Role): string => uuid(PEOPLE.findIndex(([r]) => r === role) + 1);

const CAPABILITIES: Partial<Record<Role, Me["capabilities"]>> = {
  judge: [
    "publish",
    "share_screen",
    "raise_hand",
    "preside",
    "admit",
    "remove",
    "mute",
    "record",
    "in_camera",
    "screening",
    "examine",
    "capture_testimony",
    "rule",
    "play_recording",
    "mark",
    "see_everyone",
    "see_case",
    "handle_evidence",
    "release_media",
    "hold_evidence",
    "dispose",
  ],
  clerk: [
    "publish",
    "share_screen",
    "raise_hand",
    "preside",
    "admit",
    "remove",
    "mute",
    "record",
    "in_camera",
    "screening",
    "examine",
    "capture_testimony",
    "play_recording",
    "mark",
    "see_everyone",
    "invite",
    "see_case",
    "handle_evidence",
    "request_media",
    "release_media",
    "set_retention",
    "hold_evidence",
    "dispose",
  ],
  witness: ["publish", "raise_hand"],
  prosecutor: ["publish", "share_screen", "raise_hand", "object", "request_media"],
  defence_counsel: ["publish", "share_screen", "raise_hand", "object", "request_media"],
  interpreter: ["publish", "raise_hand"],
  expert: ["publish", "share_screen", "raise_hand"],
};

export function me(role: Role): Me {
  return {
    participant: idOf(role),
    name: PEOPLE.find(([r]) => r === role)?.[1] ?? "",
    role,
    capabilities: CAPABILITIES[role] ?? [],
    hearing: HEARING,
    hearing_title: "Examination of the witness Karimova",
    hearing_state: "listed",
    listed_for: LISTED,
    case: CASE,
    case_reference: "1-1002-2602/118",
    case_title: role === "judge" || role === "clerk" ? "State v. Tursunov" : null,
  };
}

export function person(role: Role, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id: idOf(role),
    name: PEOPLE.find(([r]) => r === role)?.[1] ?? "",
    role,
    state: "in_hearing",
    room: "hearing_room",
    consultation: null,
    connected: true,
    microphone: true,
    camera: true,
    screen: false,
    muted: false,
    hand_raised: false,
    testimony: null,
    equipment_ok: true,
    kept_from: [],
    link_declined_at: null,
    seat_taken_over_at: null,
    ...change,
  };
}

export function view(participants: ParticipantView[], change: Partial<HearingView> = {}): HearingView {
  return {
    id: HEARING,
    case_id: CASE,
    case_reference: "1-1002-2602/118",
    title: "Examination of the witness Karimova",
    kind: "hearing",
    listed_for: LISTED,
    state: "in_session",
    in_camera: false,
    court_present: true,
    waiting: null,
    participants,
    recording: "recording",
    record_since: null,
    capture: null,
    playback: null,
    record_on_resume: false,
    record_failing: [],
    log_waiting: 0,
    record_starting: [],
    sealed: [],
    adjourned: null,
    revision: 7,
    ...change,
  };
}

/** Testimony that is recorded in advance, as far as the step that is given: everything before it was taken. */
export function capture(upTo: Step, change: Partial<CaptureView> = {}): CaptureView {
  const order: Array<[Step, Role | null]> = [
    ["opening", null],
    ["call", null],
    ["present", null],
    ["witness_room", null],
    ["identity", null],
    ["oath", null],
    ["examination", "defence_counsel"],
    ["examination", "prosecutor"],
    ["closing", null],
    ["release", null],
  ];
  const next = order.findIndex(([step]) => step === upTo);
  return {
    witness: next > 0 ? idOf("witness") : null,
    witness_for: next > 0 ? "defence" : null,
    place: next > 0 ? "Tashkent City Court, courtroom 4" : null,
    steps: order.map(([step, by], i) => ({
      step,
      counsel: by && idOf(by),
      state: i >= next ? "open" : step === "identity" ? "left_out" : "done",
      reason: i < next && step === "identity" ? "The document was checked before the hearing" : null,
    })),
    examining: null,
    objections: [],
    ...change,
  };
}

export function seats(participants: ParticipantView[], self: string): Seat[] {
  return participants
    .filter((p) => p.id !== self && p.state === "in_hearing" && p.role !== "observer")
    .map((p, seat) => ({
      seat,
      participant: p.id,
      source: "camera",
      audio: p.microphone && !p.muted,
      video: p.camera,
      paused: false,
      undecodable: false,
    }));
}

const theCase: Case = {
  id: CASE,
  reference: "1-1002-2602/118",
  title: "State v. Tursunov",
  created_at: Date.UTC(2026, 9, 30, 9, 12),
};
const HASH = "9f2c4d81a7b3e6500c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f40516273";
export const cases: Case[] = [
  theCase,
  {
    id: uuid(903),
    reference: "1-1002-2602/97",
    title: "State v. Ismoilov and others",
    created_at: Date.UTC(2026, 9, 12),
  },
];

/** After a failure the hearing went on in a further recording. */
export const OTHER_RECORDING = uuid(998);

const otherEvidence: Evidence = {
  recording: OTHER_RECORDING,
  hearing: HEARING,
  title: "Examination of the witness Karimova",
  sealed_at: LISTED + 1_490_000,
  manifest_sha256: HASH,
  state: "attached",
  interrupted: true,
  duration_ms: 60_000,
  derived_from: null,
};

export const caseFile: CaseFile = {
  case: theCase,
  hearings: [
    {
      id: HEARING,
      case_id: CASE,
      title: "Examination of the witness Karimova",
      listed_for: LISTED,
      state: "closed",
      kind: "hearing",
      adjourned: null,
    },
    {
      id: uuid(904),
      case_id: CASE,
      title: "Closing speeches",
      listed_for: LISTED + 86_400_000 * 9,
      state: "listed",
      kind: "testimony",
      adjourned: null,
    },
    {
      id: uuid(905),
      case_id: CASE,
      title: "Opening of the trial",
      listed_for: LISTED - 86_400_000 * 7,
      state: "adjourned",
      kind: "hearing",
      adjourned: { reason: "The expert is ill", next: new Date(LISTED).toISOString() },
    },
  ],
  evidence: [
    {
      recording: RECORDING,
      hearing: HEARING,
      title: "Examination of the witness Karimova",
      sealed_at: LISTED + 5_000_000,
      manifest_sha256: HASH,
      state: "attached",
      interrupted: false,
      duration_ms: 12_000,
      derived_from: null,
    },
  ],
};

/** The case of such a hearing. */
export const caseAfterFailure: CaseFile = { ...caseFile, evidence: [...caseFile.evidence, otherEvidence] };

/** Of a hearing that a failure of the server cut in two. */
export const cutOff: CaseFile["evidence"] = caseFile.evidence.flatMap((one) => [
  one,
  { ...one, recording: uuid(895), sealed_at: one.sealed_at - 1_200_000, interrupted: true },
]);

export const court: Court = { name: "Tashkent City Criminal Court", telephone: "+998 71 200 00 00" };

/** The witness has a link that was opened, one that ran out and one that was taken back; the expert one unopened. */
export const issued: IssuedInvitation[] = [
  ["witness", "expired", -20, null],
  ["witness", "revoked", 7, null],
  ["witness", "used", 7, LISTED - 3_600_000],
  ["expert", "unused", 7, null],
].map(([role, state, days, redeemed_at], i) => ({
  id: uuid(i + 700),
  participant: idOf(role as Role),
  state: state as IssuedInvitation["state"],
  created_at: LISTED - 86_400_000 * (30 - i),
  expires_at: LISTED + 86_400_000 * (days as number),
  redeemed_at: redeemed_at as number | null,
}));

export const participants: Participant[] = PEOPLE.map(([role, name], i) => ({
  id: uuid(i + 1),
  person: uuid(i + 100),
  name,
  role,
}));

const at = (s: number): string => new Date(LISTED + s * 1000).toISOString();

export const TRACK_MS = 12_000;

/** An entry of the chain of custody, with what it says of the act that it opens or completes. */
const entry = (
  seq: number,
  when: string,
  act: string,
  by: string,
  phase: Partial<Pick<CustodyEntry, "phase" | "opened_by" | "outcome" | "at_hearing">> = {},
): CustodyEntry => ({
  seq,
  at: when,
  act,
  by,
  hash: HASH,
  phase: null,
  opened_by: null,
  outcome: null,
  request: null,
  to: null,
  played: null,
  at_hearing: null,
  ...phase,
});

/** Somebody has begun to make the copy for watching. */
export const copyBegun = entry(8, at(2200), "access_copy", "Nodira Yusupova", { phase: "opened" });

/**
 * `sizes` holds the bytes of the files that are really served. Defence counsel's camera sent H.264; `h264`: the judge's as
 * well.
 */
export function recording(sizes: Record<string, number>, h264 = false): Recording {
  const tracks = (["judge", "witness", "defence_counsel"] as const).flatMap((role) =>
    (["camera", "microphone"] as const).map((source) => {
      const mp4 = source === "camera" && (role === "defence_counsel" || (h264 && role === "judge"));
      const file = `segment-001/${role}-${source}.${mp4 ? "mp4" : "webm"}`;
      return {
        file,
        participant: idOf(role),
        name: person(role).name,
        role,
        source,
        codec: source === "microphone" ? "opus" : mp4 ? "h264" : "vp8",
        segment: 1,
        bytes: sizes[file] ?? 0,
        sha256: HASH,
        duration_ms: TRACK_MS,
      };
    }),
  );
  return {
    evidence: caseFile.evidence[0] as Recording["evidence"],
    case: theCase,
    segments: [
      { segment: 1, started_at: at(60), ended_at: at(72), duration_ms: TRACK_MS },
      { segment: 2, started_at: at(400), ended_at: at(1320), duration_ms: 920_000 },
    ],
    tracks,
    gaps: [
      {
        segment: 1,
        file: "segment-001/witness-camera.webm",
        from_ms: 0,
        to_ms: 940,
        cause: "late_key_frame",
      },
      {
        segment: 1,
        file: "segment-001/witness-microphone.webm",
        from_ms: 6_200,
        to_ms: 7_800,
        cause: "muted",
      },
      ...[8_200, 9_000, 10_500].map((from_ms) => ({
        segment: 1,
        file: "segment-001/witness-microphone.webm",
        from_ms,
        to_ms: from_ms + 300,
        cause: "lost",
      })),
      {
        segment: 1,
        file: "segment-001/judge-camera.webm",
        from_ms: 0,
        to_ms: 420,
        cause: "late_key_frame",
      },
      {
        segment: 1,
        file: "segment-001/defence_counsel-camera.mp4",
        from_ms: 0,
        to_ms: 900,
        cause: "late_key_frame",
      },
    ],
    log: [
      {
        seq: 1,
        at: at(0),
        segment: null,
        media_ms: null,
        kind: "began",
        by: "Nodira Yusupova",
        about: null,
        participant: null,
        text: null,
      },
      {
        seq: 2,
        at: at(60),
        segment: 1,
        media_ms: 0,
        kind: "on_record",
        by: "Nodira Yusupova",
        about: null,
        participant: null,
        text: null,
      },
      {
        seq: 3,
        at: at(63),
        segment: 1,
        media_ms: 3_000,
        kind: "called",
        by: "Nodira Yusupova",
        about: "Zarina Karimova",
        participant: idOf("witness"),
        text: null,
      },
      {
        seq: 4,
        at: at(66),
        segment: 1,
        media_ms: 6_000,
        kind: "sworn",
        by: "Nodira Yusupova",
        about: "Zarina Karimova",
        participant: idOf("witness"),
        text: null,
      },
      {
        seq: 5,
        at: at(68),
        segment: 1,
        media_ms: 8_000,
        kind: "marker",
        by: "Olim Rahmonov",
        about: null,
        participant: null,
        text: "Shown exhibit 4",
      },
      spoke(6, 68.1, "speech_began", "judge", "Nodira Yusupova", 500),
      spoke(7, 68.2, "speech_ended", "judge", "Nodira Yusupova", 3_500),
      spoke(8, 68.3, "speech_began", "witness", "Zarina Karimova", 6_250),
      spoke(9, 70.3, "speech_ended", "witness", "Zarina Karimova", 8_250),
      spoke(10, 70.4, "speech_began", "judge", "Nodira Yusupova", 8_500),
      spoke(11, 71.9, "speech_ended", "judge", "Nodira Yusupova", 10_000),
      {
        seq: 12,
        at: at(72),
        segment: null,
        media_ms: null,
        kind: "off_record",
        by: "Nodira Yusupova",
        about: null,
        participant: null,
        text: null,
      },
    ],
    redacted: null,
    annotations: [
      {
        seq: 8,
        at: at(3000),
        by: "Olim Rahmonov (clerk)",
        segment: 1,
        media_ms: 5_000,
        text: "Here begins what the decision quotes.",
      },
    ],
    custody: [
      entry(1, at(72), "recorded", "oyer/0.1.0"),
      entry(2, at(1400), "sealed", "oyer/0.1.0"),
      entry(3, at(1401), "attached", "oyer/0.1.0"),
      entry(4, at(2000), "viewed", "Olim Rahmonov (clerk)"),
      entry(5, at(2100), "verified", "Olim Rahmonov", { phase: "opened" }),
      entry(6, at(2101), "exported", "Nodira Yusupova", { phase: "opened" }),
      entry(7, at(2102), "verified", "Olim Rahmonov", {
        phase: "completed",
        opened_by: 5,
        outcome: "succeeded",
      }),
      entry(8, at(9000), "viewed", "Nodira Yusupova (judge)", {
        at_hearing: {
          hearing: HEARING,
          kind: "playback_stopped",
          what: `recording=${RECORDING} manifest_sha256=${HASH} from=1/0 to=1/61000 shown_to=Zarina Karimova; Elena Sokolova not_confirmed=Botir Aliyev`,
        },
      }),
    ],
    root_fingerprint: HASH,
  };
}

function spoke(
  seq: number,
  seconds: number,
  kind: string,
  role: Role,
  about: string,
  media_ms: number,
): Recording["log"][number] {
  const participant = idOf(role);
  return { seq, at: at(seconds), segment: 1, media_ms, kind, by: null, about, participant, text: null };
}

/** A recording that a failure ended; the log is that of the whole hearing. */
export function afterFailure(sizes: Record<string, number>): Recording {
  const one = recording(sizes);
  const later = { segment: 3, by: "Nodira Yusupova", about: null, participant: null, text: null };
  return {
    ...one,
    log: [
      ...one.log,
      { ...later, seq: 13, at: at(1500), media_ms: 0, kind: "on_record" },
      { ...later, seq: 14, at: at(1510), media_ms: 10_000, kind: "marker", text: "After the failure" },
    ],
  };
}

export function otherRecording(): Recording {
  return {
    ...recording({}),
    evidence: otherEvidence,
    segments: [{ segment: 3, started_at: at(1500), ended_at: at(1560), duration_ms: 60_000 }],
    tracks: [],
    gaps: [],
  };
}

const check = (code: string, verdict: string, what: string, detail: string, file: string | null = null) => ({
  check: code,
  verdict,
  what,
  detail,
  file,
});

export const verification: Verification = {
  ok: true,
  checks: [
    check("payload_digests", "proved", "every file as it was sealed", "11 files, 4711 bytes"),
    check("seal", "proved", "signature of the seal", "the manifest is signed by CN=Court"),
    check("signer", "trusted", "who sealed", "by your trust in the root"),
    check("a_new_check", "not_checked", "something new", "what the server says of it"),
  ],
};
