import type { Contents } from "./contents";
import {
  type Interval,
  type LogEntry,
  type RedactionDocument,
  readLogEntry,
  readRedaction,
  type SealDocument,
} from "./documents";
import * as layout from "./layout";
import { LOG_BOUNDS } from "./ledgers";
import { eachLine, Fault, TooManyLines } from "./lines";
import type { Manifest } from "./manifest";
import type { Findings } from "./report";

/** Entries that say when the record ran. They stay in a redacted copy's court log, without their text. */
const FRAMING = new Set([
  "on_record",
  "off_record",
  "began",
  "paused",
  "resumed",
  "suspended",
  "adjourned",
  "closed",
  "interrupted",
  "record_failed",
  "record_restored",
]);
/** By how many milliseconds each interval is widened on both sides. */
const MARGIN_MS = 200n;

/** Reads `redaction.json`, where there is one, and checks it against the rest (section 6.1). */
export async function checkDerived(
  contents: Contents,
  manifest: Manifest,
  seal: SealDocument,
  recording: string,
  findings: Findings,
): Promise<RedactionDocument | null> {
  const at = (file: string) => `${layout.DATA}${recording}/${file}`;
  const path = at(layout.REDACTION);
  if (contents.size(path) === undefined) return null;
  const bytes = await contents.small(path, layout.REDACTION_BYTES_MAX, "derived");
  if (!bytes) return null;
  let document: RedactionDocument;
  try {
    document = readRedaction(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof Fault || error instanceof TypeError)) throw error;
    const why = error instanceof Fault ? error.message : "it is not UTF-8";
    findings.failed("derived", path, `it does not say what was redacted: ${why}`);
    return null;
  }
  const fault = faultOf(document, seal, recording);
  if (fault) {
    findings.failed("derived", path, fault);
    return null;
  }
  if (seal.tracks.length > 0 || seal.gaps.count !== "0")
    findings.failed("derived", path, "a redacted copy has films, and no track and no gap of one");
  for (const { file, bytes, sha256 } of document.films) {
    const found = contents.size(at(file));
    // That the file is as the manifest says is another check.
    if (manifest.get(at(file)) !== sha256 || found === undefined || BigInt(found) !== BigInt(bytes))
      findings.failed("derived", path, `${file}: not the film that was sealed`);
  }
  const intervals = document.orders.flatMap((order) => order.intervals);
  const said = await whatTheLogSays(contents, at(layout.COURT_LOG), intervals);
  if (said) findings.failed("derived", at(layout.COURT_LOG), said);
  findings.provedUnlessFailed(
    "derived",
    `a redacted copy: ${document.films.length} films as sealed, ${intervals.length} intervals taken out, of which its court log says nothing`,
  );
  for (const { reference, ordered_by, ordered_at, reason } of document.orders)
    findings.trusted(
      "derived",
      `order ${reference}, by ${ordered_by} on ${ordered_at}: ${reason} (by the word of the court)`,
    );
  const original = document.derived_from;
  findings.notChecked(
    "derived",
    `it was made from recording ${original.recording}, sealed at ${original.sealed_at}, whose manifest-sha256.txt has the digest ${original.manifest_sha256}: the original is not in this bundle`,
  );
  return document;
}

/** What contradicts the format in this document by itself. */
function faultOf(document: RedactionDocument, seal: SealDocument, recording: string): string | null {
  const { orders, films } = document;
  if (document.recording !== recording) return "it is about another recording than the folder it lies in";
  if (document.derived_from.recording === recording) return "it says that the copy was made from itself";
  if (BigInt(document.margin_ms) !== MARGIN_MS) return "its margin is not that of the format";
  const upwards = orders.every(({ number }, i) => {
    const before = orders[i - 1];
    return !before || BigInt(before.number) < BigInt(number);
  });
  if (orders.length === 0 || !upwards) return "its orders are none, or not in the order of their numbers";
  if (orders.some(({ intervals }) => intervals.length === 0)) return "one of its orders takes nothing out";
  const lengths = new Map(seal.segments.map((s) => [s.segment, BigInt(s.duration_ms)]));
  const people = new Set(document.people.map(({ participant }) => participant));
  for (const { segment, from_ms, to_ms, participant } of orders.flatMap((order) => order.intervals)) {
    const length = lengths.get(segment);
    if (length === undefined || BigInt(from_ms) >= BigInt(to_ms) || BigInt(to_ms) > length)
      return "one of its intervals is not inside a segment";
    if (participant !== null && !people.has(participant))
      return "it does not say who one of those is whose sound or picture was taken out";
  }
  const named = films.every(({ file }, i) => file === `film-${String(i + 1).padStart(3, "0")}.mp4`);
  return films.length === 0 || !named ? "its films are none, or not numbered from 1" : null;
}

function holds({ segment, from_ms, to_ms }: Interval, entry: LogEntry): boolean {
  if (entry.segment !== segment || entry.media_ms === null) return false;
  const at = BigInt(entry.media_ms);
  return at >= BigInt(from_ms) - MARGIN_MS && at <= BigInt(to_ms) + MARGIN_MS;
}

/** What the court log says of what was taken out; null when nothing. */
async function whatTheLogSays(
  contents: Contents,
  path: string,
  intervals: Interval[],
): Promise<string | null> {
  const file = contents.open(path);
  if (typeof file === "string") return file;
  let said: string | null = null;
  try {
    await eachLine(file, LOG_BOUNDS, (text) => {
      const entry = entryOf(text);
      if (!entry || said || !intervals.some((interval) => holds(interval, entry))) return;
      if (!FRAMING.has(entry.kind) || entry.text !== null)
        said = `entry ${entry.seq} lies in an interval that was taken out`;
    });
  } catch (error) {
    if (error instanceof DOMException) return "it cannot be read";
    if (error instanceof Fault || error instanceof TooManyLines) return error.message;
    throw error;
  }
  return said;
}

/** One that is not of the form is found by another check. */
function entryOf(text: string): LogEntry | null {
  try {
    return readLogEntry(text);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
