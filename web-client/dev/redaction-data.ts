import type { Recording, RedactedFrom, RedactionOrder, Redactions, Role } from "../src/core/wire";
import { recording } from "./data";

/** Redaction, as fixed data. Nobody here exists. */

/** The recording that is a redacted copy. */
export const COPY = "00000000-0000-7000-8000-000000000699";

const AT = Date.UTC(2026, 10, 26, 9, 0);
const found = recording({});
const witness = found.tracks.find((track) => track.role === "witness");

const order = (number: number, change: Partial<RedactionOrder>): RedactionOrder => ({
  id: `00000000-0000-7000-8000-00000000068${number}`,
  number,
  recording: found.evidence.recording,
  reference: `1-1002-2602/118-R${number}`,
  intervals: [
    { segment: 1, kind: "mute", participant: witness?.participant ?? null, from_ms: 2_000, to_ms: 3_500 },
    { segment: 1, kind: "cut", participant: null, from_ms: 8_000, to_ms: 9_250 },
  ],
  log_entries: [],
  ordered: {
    by: "Nodira Yusupova (judge)",
    reason: "The address of a witness",
    at: AT + number * 3_600_000,
  },
  lifted: null,
  ...change,
});

const orders: RedactionOrder[] = [
  order(1, {
    intervals: [{ segment: 1, kind: "cover", participant: null, from_ms: 0, to_ms: 1_000 }],
    lifted: { by: "Nodira Yusupova (judge)", reason: "Replaced by the next order", at: AT + 7_000_000 },
  }),
  order(2, {}),
];
let making: Redactions["making"] = { state: "none", percent: null, detail: null };
let made = false;

const answer = (role: Role): Redactions => ({
  orders,
  copies: made ? [{ recording: COPY, orders: [2], made_at: AT + 10_000_000, current: true }] : [],
  withheld: !made && orders.some((one) => !one.lifted),
  making,
  may_order: role === "judge",
});

/** What the server would answer; null when it is about something else. */
export function redactionAnswer(
  path: string,
  method: string,
  said: Record<string, unknown> | null,
  role: Role,
): { body: unknown; status: number } | null {
  if (path.endsWith("/redactions") && method === "POST") {
    const reason = String(said?.reason);
    const ordered = { by: "Nodira Yusupova (judge)", reason, at: Date.now() };
    const one = order(orders.length + 1, { ...said, ordered } as Partial<RedactionOrder>);
    orders.push(one);
    made = false;
    return { body: one, status: 201 };
  }
  if (path.endsWith("/redactions")) {
    const now = answer(role);
    // The next look finds it done.
    if (making.state === "running") {
      making = { state: "done", percent: 100, detail: null };
      made = true;
    }
    return { body: now, status: 200 };
  }
  if (path.includes("/redactions/") && path.endsWith("/lift")) {
    const one = orders.find((o) => path.includes(o.id));
    if (one) one.lifted = { by: "Nodira Yusupova (judge)", reason: String(said?.reason), at: Date.now() };
    return { body: answer(role), status: 200 };
  }
  if (path.endsWith("/redacted-copy")) {
    making =
      method === "POST"
        ? { state: "running", percent: 42, detail: null }
        : { state: "none", percent: null, detail: null };
    return { body: method === "POST" ? making : answer(role), status: 200 };
  }
  return null;
}

const redacted: RedactedFrom = {
  recording: found.evidence.recording,
  manifest_sha256: found.evidence.manifest_sha256,
  orders: [
    {
      reference: "1-1002-2602/118-R2",
      reason: "The address of a witness",
      ordered_by: "Nodira Yusupova (judge)",
      about: null,
      intervals: order(2, {}).intervals,
      log_entries: [7],
    },
  ],
  people: witness ? [{ participant: witness.participant, name: witness.name }] : [],
  log_entries_left_out: 2,
  margin_ms: 200,
};

/** The redacted copy itself. */
export const copy = (): Recording => ({
  ...found,
  evidence: { ...found.evidence, recording: COPY, derived_from: found.evidence.recording },
  tracks: [],
  gaps: [],
  annotations: [],
  redacted,
  log: found.log.filter((entry) => !entry.kind.startsWith("speech")),
});
