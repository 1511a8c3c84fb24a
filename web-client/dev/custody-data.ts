import type {
  DisposedRecording,
  MediaRequest,
  OpenedRelease,
  RecordedHearing,
  Retention,
} from "../src/core/wire";
import { caseFile, RECORDING, recording } from "./data";

/** Requests and releases, as fixed data. Nobody here exists. */

const DAY = 86_400_000;
const ASKED = Date.UTC(2026, 10, 25, 9, 0);
const id = (n: number): string => `00000000-0000-7000-8000-00000000060${n}`;

const request = (n: number, change: Partial<MediaRequest>): MediaRequest => ({
  id: id(n),
  number: 40 + n,
  recording: RECORDING,
  form: "access_copy",
  requested_by: "Elena Sokolova (defence_counsel)",
  released_to: "Elena Sokolova",
  reason: "To prepare the appeal",
  requested_at: ASKED + n * 3_600_000,
  state: "pending",
  decision: null,
  expires_at: null,
  opens: false,
  own: true,
  withdrawal: null,
  copy: null,
  ...change,
});

const granted = { by: "Nodira Yusupova (judge)", reason: "Counsel of record", at: ASKED + DAY };

export const requests: MediaRequest[] = [
  request(4, {}),
  request(3, {
    state: "granted",
    decision: granted,
    expires_at: ASKED + 20_000 * DAY,
    opens: true,
    copy: { state: "running", percent: 42, detail: null },
  }),
  request(2, { state: "granted", form: "bundle", decision: granted, expires_at: ASKED + 2 * DAY }),
  request(1, {
    state: "withdrawn",
    decision: granted,
    expires_at: ASKED + 9 * DAY,
    withdrawal: { by: "Olim Rahmonov (clerk)", reason: "Counsel was replaced", at: ASKED + 2 * DAY },
  }),
];

export const recordings: RecordedHearing[] = [
  {
    recording: RECORDING,
    title: "Examination of the witness Karimova",
    sealed_at: ASKED - DAY,
    duration_ms: 12_000,
    redacted: [],
  },
];

export const opened: OpenedRelease = {
  base: "/dev-media/release",
  expires_at: ASKED + 20_000 * DAY,
  release: {
    number: 43,
    form: "access_copy",
    title: "Examination of the witness Karimova",
    case_reference: "1-1002-2602/118",
    released_to: "Elena Sokolova",
    expires_at: ASKED + 20_000 * DAY,
    duration_ms: 12_000,
    copy: { state: "done", percent: 100, detail: null },
    redacted: null,
  },
};

const by = (name: string, reason: string, days: number) => ({ by: name, reason, at: ASKED + days * DAY });

/** A case whose recordings' time is over. */
export const retention: Retention = {
  rule: {
    class: "custodial",
    decided_on: "2016-03-01",
    sentence_months: 84,
    kept_until: "2023-03-01",
    due: true,
    set_by: "Olim Rahmonov (clerk)",
    set_at: ASKED,
  },
  held: false,
  holds: [
    {
      id: id(7),
      set: by("Nodira Yusupova (judge)", "Review of the sentence", 1),
      lifted: by("Nodira Yusupova (judge)", "The review is over", 3),
    },
  ],
  disposals: [
    {
      id: id(8),
      recording: RECORDING,
      state: "rejected",
      proposed: by("Olim Rahmonov (clerk)", "Its time is over", 1),
      decided: by("Nodira Yusupova (judge)", "A review is pending", 2),
      done_at: null,
      own: false,
    },
  ],
};

/** Proposed by whoever looks at it, or by another. */
export const proposed = (own: boolean): Retention["disposals"][0] => ({
  id: id(9),
  recording: RECORDING,
  state: "proposed",
  proposed: by("Olim Rahmonov (clerk)", "Its time is over", 4),
  decided: null,
  done_at: null,
  own,
});

export const disposed = (): DisposedRecording => ({
  evidence: { ...(caseFile.evidence[0] as DisposedRecording["evidence"]), state: "disposed" },
  case: caseFile.case,
  proposed_by: "Olim Rahmonov (clerk)",
  approved_by: "Nodira Yusupova (judge)",
  kept_until: "2023-03-01",
  files: 12,
  bytes: 42_000_000,
  issued_at: new Date(ASKED).toISOString(),
  certificate_sha256: "0f".repeat(32),
  second_store: { outcome: "locked", locked_until: new Date(ASKED + 30 * 24 * 3_600_000).toISOString() },
  custody: recording({}).custody,
});
