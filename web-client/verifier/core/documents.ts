import logSchema from "../../../recordings-schema/court-log-entry.schema.json";
import custodySchema from "../../../recordings-schema/custody-entry.schema.json";
import disposalSchema from "../../../recordings-schema/disposal.schema.json";
import gapSchema from "../../../recordings-schema/gap.schema.json";
import redactionSchema from "../../../recordings-schema/redaction.schema.json";
import sealSchema from "../../../recordings-schema/seal.schema.json";
import { checkSchema, type Json, parseJson, type Schema } from "./json";
import { Fault } from "./lines";

/** What of `seal.json` is looked at (section 6); numbers in strings are as they stand there. */
export interface SealDocument {
  recording: string;
  ended: "closed" | "crash";
  previous: { recording: string; manifest_sha256: string } | null;
  segments: { segment: number; duration_ms: string }[];
  tracks: Track[];
  fragments: { count: string; head: string };
  gaps: { count: string };
  court_log: { entries: string };
  sealed_at: string;
}

export interface Track {
  file: string;
  segment: number;
  bytes: string;
  sha256: string;
  tail_bytes: string;
}

export interface Gap {
  segment: number;
  file: string;
  from_ms: string;
  to_ms: string;
}

export interface LogEntry {
  seq: string;
  segment: number | null;
  media_ms: string | null;
  kind: string;
  by: unknown;
  text: string | null;
}

export interface CustodyEntry {
  seq: string;
  act: string;
  by: string;
  detail: { [member: string]: Json } & { manifest_sha256?: Json; reseal?: Json; stamped_sha512?: Json };
  prev: string;
  hash: string;
}

/** `redaction.json` (section 6.1). */
export interface RedactionDocument {
  recording: string;
  derived_from: { recording: string; manifest_sha256: string; sealed_at: string };
  orders: {
    number: string;
    reference: string;
    reason: string;
    ordered_by: string;
    ordered_at: string;
    intervals: Interval[];
  }[];
  people: { participant: string; name: string }[];
  margin_ms: string;
  log_entries_left_out: string;
  films: { file: string; bytes: string; sha256: string }[];
}

export interface Interval {
  segment: number;
  kind: "cut" | "mute" | "cover";
  participant: string | null;
  from_ms: string;
  to_ms: string;
}

/** `disposal.json` (section 10.1). */
export interface DisposalDocument {
  recording: string;
  case: { reference: string; title: string };
  hearing: { title: string };
  sealed_at: string;
  manifest_sha256: string;
  files: string;
  bytes: string;
  rule: { class: string; decided_on: string; kept_until: string };
  proposed: { by: string; at: string };
  approved: { by: string; at: string; reason_sha256: string };
  method: "files_deleted" | "key_destroyed";
  reseals?: { folder: string; stamped_sha512: string }[];
  annotations?: { entry: string; hash: string }[];
  second_store?: { store: string; outcome: "deleted" | "locked" | "not_deleted"; locked_until?: string };
  custody: { entries: string; head: string };
  issued_at: string;
}

function reader<T>(schema: unknown): (text: string) => T {
  return (text) => {
    let value: Json;
    try {
      value = parseJson(text);
    } catch (error) {
      // The engine's own stack ran out over a text made for that.
      if (error instanceof RangeError) throw new Fault("it is too large or too deep");
      throw error;
    }
    checkSchema(value, schema as Schema);
    return value as T;
  };
}

export const readSealDocument = reader<SealDocument>(sealSchema);
export const readGap = reader<Gap>(gapSchema);
export const readLogEntry = reader<LogEntry>(logSchema);
export const readCustodyEntry = reader<CustodyEntry>(custodySchema);
export const readRedaction = reader<RedactionDocument>(redactionSchema);
export const readDisposal = reader<DisposalDocument>(disposalSchema);
