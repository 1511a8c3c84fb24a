import logSchema from "../../../recordings-schema/court-log-entry.schema.json";
import custodySchema from "../../../recordings-schema/custody-entry.schema.json";
import gapSchema from "../../../recordings-schema/gap.schema.json";
import sealSchema from "../../../recordings-schema/seal.schema.json";
import { checkSchema, type Json, parseJson, type Schema } from "./json";
import { Fault } from "./lines";

/** What of `seal.json` is looked at (section 6); numbers in strings are as they stand there. */
export interface SealDocument {
  recording: string;
  ended: "closed" | "crash";
  previous: { recording: string; manifest_sha256: string } | null;
  segments: { segment: number }[];
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
}

export interface CustodyEntry {
  seq: string;
  act: string;
  detail: { manifest_sha256?: Json; reseal?: Json; stamped_sha512?: Json };
  prev: string;
  hash: string;
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
