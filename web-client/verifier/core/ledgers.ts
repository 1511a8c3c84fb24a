import { hex, unhex } from "./bytes";
import { type CustodyEntry, readCustodyEntry, readGap, readLogEntry, type SealDocument } from "./documents";
import { Fragments, newHasher } from "./hash";
import { inSegment, PATH_BYTES_MAX, pathFault } from "./layout";
import { type Bounds, eachLine, Fault, lineBatches } from "./lines";

const ZERO = "0".repeat(64);
const HEADER = "seq\tfile\toffset\tbytes\tsha256\tchain";
const FRAGMENT_BOUNDS: Bounds = { lineBytesMax: PATH_BYTES_MAX + 3 * 20 + 2 * 64 + 5, linesMax: 10_000_000 };
const GAP_BOUNDS: Bounds = { lineBytesMax: 1024 + PATH_BYTES_MAX, linesMax: 4_000_000 };
export const LOG_BOUNDS: Bounds = { lineBytesMax: 64 * 1024, linesMax: 1_000_000 };

/** A fragment ledger of which the chain holds (section 7). */
export interface Ledger {
  files: Map<string, Fragments>;
  count: number;
  head: string;
  torn: number;
}

const NUMBER = "(0|[1-9]\\d{0,19})";
const FRAGMENT = new RegExp(
  `^${NUMBER}\\t([^\\t]*)\\t${NUMBER}\\t${NUMBER}\\t([0-9a-f]{64})\\t([0-9a-f]{64})$`,
);

/** Three numbers of which each is below 2^64, the last at least 1; null where the line is not of the form. */
function numbers(texts: [string, string, string]): [number, number, number] | null {
  for (const text of texts) if (text.length === 20 && BigInt(text) >= 2n ** 64n) return null;
  if (texts[2] === "0") return null;
  return [Number(texts[0]), Number(texts[1]), Number(texts[2])];
}

export async function readFragments(file: Blob): Promise<Ledger> {
  const ledger: Ledger = { files: new Map(), count: 0, head: ZERO, torn: 0 };
  const header = `${HEADER}\n`;
  if ((await file.slice(0, header.length).text()) !== header) throw new Fault("line 1: expected the header");
  const hasher = await newHasher();
  let head = new Uint8Array(32);
  let line = 1;
  for await (const batch of lineBatches(file.slice(header.length), FRAGMENT_BOUNDS)) {
    for (const { text } of batch) {
      line += 1;
      const [, seq = "", name = "", offset = "", bytes = "", sha256 = "", chain = ""] =
        FRAGMENT.exec(text ?? "") ?? [];
      const read = seq === "" ? null : numbers([seq, offset, bytes]);
      if (!read) {
        ledger.torn += 1;
        continue;
      }
      const fault = pathFault(name);
      if (fault) throw new Fault(`line ${line}: the file's path is refused: ${fault}`);
      if (read[0] !== ledger.count)
        throw new Fault(`line ${line}: has number ${seq}, expected ${ledger.count}`);
      const known = ledger.files.get(name) ?? new Fragments();
      if (read[1] !== known.covered || !Number.isSafeInteger(read[1] + read[2]))
        throw new Fault(`line ${line}: begins at byte ${offset} of ${name}, expected ${known.covered}`);
      const digest = unhex(sha256);
      head = Uint8Array.from(hasher.init().update(head).update(digest).digest("binary"));
      if (hex(head) !== chain) throw new Fault(`line ${line}: the chain is broken`);
      known.push(read[2], digest);
      ledger.files.set(name, known);
      ledger.count += 1;
      ledger.head = chain;
    }
  }
  return ledger;
}

/** Words about torn lines, for the end of a sentence. */
export function tornWords(lines: number): string {
  if (lines === 0) return "";
  return lines === 1
    ? "; 1 line that a failed write left torn was passed over"
    : `; ${lines} lines that failed writes left torn were passed over`;
}

/** How many lines a ledger has, and what is said of it. */
export interface Counted {
  count: number;
  detail: string;
}

export async function countGaps(file: Blob, document: SealDocument): Promise<Counted> {
  const segments = new Set(document.segments.map((s) => s.segment));
  let [count, torn, number] = [0, 0, 0];
  for await (const batch of lineBatches(file, GAP_BOUNDS)) {
    for (const { text } of batch) {
      number += 1;
      const gap = text === undefined ? null : entry(() => readGap(text));
      if (!gap) {
        torn += 1;
        continue;
      }
      count += 1;
      if (!segments.has(gap.segment)) throw new Fault(`line ${number}: there is no such segment`);
      if (!inSegment(gap.file, gap.segment))
        throw new Fault(`line ${number}: the file is not in the folder of its segment`);
      if (BigInt(gap.from_ms) >= BigInt(gap.to_ms))
        throw new Fault(`line ${number}: it does not end after it begins`);
    }
  }
  return { count, detail: `${count} gaps declared${tornWords(torn)}` };
}

function entry<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** Does something for a line; a fault names the line. */
function ofLine<T>(number: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) throw new Fault(`line ${number}: ${error.message}`);
    throw error;
  }
}

export async function countLog(file: Blob, document: SealDocument): Promise<Counted> {
  const segments = new Set(document.segments.map((s) => s.segment));
  let [last, elsewhere] = [0, 0];
  let ended: string | null = null;
  const count = await eachLine(file, LOG_BOUNDS, (text, number) =>
    ofLine(number, () => {
      const entry = readLogEntry(text);
      if (entry.seq !== String(number))
        throw new Fault("it is out of order: numbers go up from 1 without a hole");
      const { kind, by, segment } = entry;
      ended = endOfRecord(ended, kind, by !== null);
      if ((segment === null) !== (entry.media_ms === null))
        throw new Fault("segment and media time go together");
      if (segment === null) return;
      if (segment < last) throw new Fault("its segment is earlier than that of an entry before it");
      last = segment;
      if (!segments.has(segment)) elsewhere += 1;
    }),
  );
  const other = elsewhere ? `; ${elsewhere} of them speak of segments that this recording does not hold` : "";
  return { count, detail: `${count} entries in order${other}${ended ? `; at last ${ended}` : ""}` };
}

const ENDS: Record<string, string> = {
  off_record: "off the record",
  paused: "the sitting was paused",
  adjourned: "the sitting was adjourned",
  closed: "the hearing was closed",
  suspended: "the sitting was suspended",
  interrupted: "the record was cut off by a failure",
  record_failed: "the recorder stopped by itself",
};

/** How the record ended by the log so far, if it did not run again since. */
export function endOfRecord(before: string | null, kind: string, byPerson: boolean): string | null {
  if (kind === "on_record" || kind === "resumed" || kind === "record_restored") return null;
  const what = Object.hasOwn(ENDS, kind) ? ENDS[kind] : undefined;
  if (!what || (!byPerson && before !== null)) return before;
  return `${what} (${byPerson ? "by the court" : "by the server, no act of the court"})`;
}

/** The entries of a chain of custody (section 10) that holds, each handed to `each`. */
export async function readCustody(
  file: Blob,
  each: (entry: CustodyEntry) => void,
): Promise<{ count: number; head: string }> {
  const hasher = await newHasher();
  let head = ZERO;
  const count = await eachLine(file, LOG_BOUNDS, (text, number) =>
    ofLine(number, () => {
      const entry = readCustodyEntry(text);
      const at = text.lastIndexOf(',"hash":"');
      if (at < 0 || text.slice(at) !== `,"hash":"${entry.hash}"}`)
        throw new Fault("`hash` is not the last member");
      if (entry.seq !== String(number)) throw new Fault(`has number ${entry.seq}, expected ${number}`);
      if (entry.prev !== head) throw new Fault("is not chained to the entry before it");
      const found = hasher
        .init()
        .update(unhex(head))
        .update(`${text.slice(0, at)}}`)
        .digest("hex");
      if (found !== entry.hash) throw new Fault("the text is not what its hash says");
      head = entry.hash;
      each(entry);
    }),
  );
  return { count, head };
}

/** The folder and digest of the reseal that an entry completes; null for any other entry. */
export function resealIn({ act, detail }: CustodyEntry): [string, string] | null {
  const { reseal, stamped_sha512: stamped } = detail;
  const completes = act === "resealed" && typeof reseal === "string" && typeof stamped === "string";
  return completes ? [reseal, stamped] : null;
}

/** Checks the chain of custody, and that it speaks of this seal. */
export async function checkCustody(
  file: Blob,
  manifestSha256: string,
  resealed: (folder: string, sha512: string) => void,
): Promise<string> {
  let sealed = 0;
  let otherwise: string | null = null;
  const { count, head } = await readCustody(file, (entry) => {
    const reseal = resealIn(entry);
    if (reseal) resealed(...reseal);
    if (entry.act !== "sealed") return;
    sealed += 1;
    if (entry.detail.manifest_sha256 !== manifestSha256) otherwise = entry.seq;
  });
  if (otherwise !== null) throw new Fault(`entry ${otherwise} speaks of the sealing of another manifest`);
  if (sealed !== 1) throw new Fault(`it has ${sealed} entries of the sealing, expected 1`);
  return `${count} entries, chained without a break, ending in ${head}`;
}
