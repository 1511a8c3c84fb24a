import { holdsEd25519, Unsupported } from "./algorithms";
import { type Bytes, concat, digest, equal, hex } from "./bytes";
import type { Contents } from "./contents";
import * as layout from "./layout";
import type { Findings } from "./report";

// The court's transparency log (recordings-schema/README.md, section 5.3): C2SP signed-note, tlog-checkpoint, tlog-cosignature and
// tlog-proof, as far as a bundle has them.

const NOTE_BYTES_MAX = 64 * 1024;
const SIGNATURES_MAX = 100;
const EXTENSIONS_MAX = 16;
const HASHES_MAX = 63;
const EXTRA_BYTES_MAX = 1024;
const NAME_BYTES_MAX = 255;
const DASH = "\u2014 ";
const DAY_S = 86_400n;
/** The last second that has four digits for its year. */
const YEAR_9999_END_S = 253_402_300_799n;

/** Largest file of keys, in bytes. */
export const KEYS_BYTES_MAX = 256 * 1024;

/** A text is not what it should be, and why. */
export class LogError extends Error {}

/** A public key of a log or of a cosigner, as they publish it. */
export interface LogKey {
  name: string;
  kind: "log" | "cosigner";
  id: Bytes;
  key: Bytes;
}

interface Signature {
  name: string;
  id: Bytes;
  bytes: Bytes;
}

/** The head of a log; its signatures have yet to be checked. */
interface Head {
  origin: string;
  size: bigint;
  root: Bytes;
  text: string;
  signatures: Signature[];
}

interface Proof {
  extra: boolean;
  index: bigint;
  hashes: Bytes[];
  head: Head;
}

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** Padded base64 in its only spelling; undefined for anything else. `atob` alone would take several. */
function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  return btoa(binary) === text ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : undefined;
}

function digestOf(text: string | undefined): Bytes | undefined {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes?.length === 32 ? bytes : undefined;
}

/** A number below 2^64 in its only spelling. */
function decimal(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^(?:0|[1-9]\d{0,19})$/.test(text)) return undefined;
  const number = BigInt(text);
  return number < 2n ** 64n ? number : undefined;
}

/** Controls, plus signs and what Unicode calls white space. */
const NOT_IN_NAME = /[+\p{Cc}\p{White_Space}]/u;

function isName(name: string): boolean {
  const { length } = utf8(name);
  return length >= 1 && length <= NAME_BYTES_MAX && !NOT_IN_NAME.test(name);
}

async function keyOf(text: string): Promise<LogKey> {
  const [name, id, ...rest] = text.split("+");
  if (name === undefined || id === undefined || rest.length === 0)
    throw new LogError("not a key of the form name+0123abcd+base64");
  if (!isName(name)) throw new LogError("a name that no key has");
  const typed = fromBase64(rest.join("+"));
  const kind = typed?.[0] === 1 ? "log" : typed?.[0] === 4 ? "cosigner" : undefined;
  if (!typed || !kind || typed.length !== 33) throw new LogError("not a key of a log or of a cosigner");
  const found = (await digest("SHA-256", concat(utf8(`${name}\n`), typed))).subarray(0, 4);
  if (hex(found) !== id) throw new LogError("it is mistyped or cut off");
  return { name, kind, id: found, key: typed.subarray(1) };
}

/** The keys of a text, one a line; empty lines and those that begin with `#` are passed over. At least one. */
export async function keysOf(bytes: Uint8Array): Promise<LogKey[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LogError("it is not text");
  }
  const keys: LogKey[] = [];
  for (const [i, whole] of text.split("\n").entries()) {
    const line = whole.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
    if (line === "" || line.startsWith("#")) continue;
    try {
      keys.push(await keyOf(line));
    } catch (error) {
      if (error instanceof LogError) throw new LogError(`line ${i + 1}: ${error.message}`);
      throw error;
    }
  }
  if (keys.length === 0) throw new LogError("there is no key in it");
  return keys;
}

function signatureOf(line: string): Signature {
  const wrong = new LogError("the head of the log: it is not a text, an empty line and signatures");
  if (!line.startsWith(DASH)) throw wrong;
  const rest = line.slice(DASH.length);
  const space = rest.indexOf(" ");
  const name = rest.slice(0, Math.max(space, 0));
  const bytes = space < 0 ? undefined : fromBase64(rest.slice(space + 1));
  if (!bytes || bytes.length < 5 || !isName(name)) throw wrong;
  return { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
}

function headOf(note: string): Head {
  if (utf8(note).length > NOTE_BYTES_MAX)
    throw new LogError(`the head of the log: it is longer than ${NOTE_BYTES_MAX} bytes`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\0-\x09\x0b-\x1f\x7f-\x9f]/.test(note))
    throw new LogError("the head of the log: it is not plain UTF-8 text");
  const end = note.lastIndexOf("\n\n");
  if (end <= 0 || !note.endsWith("\n") || end + 2 >= note.length)
    throw new LogError("the head of the log: it is not a text, an empty line and signatures");
  const signatures: Signature[] = [];
  for (const line of note.slice(end + 2, -1).split("\n")) {
    signatures.push(signatureOf(line));
    if (signatures.length > SIGNATURES_MAX) throw new LogError("the head of the log: too many signatures");
  }
  const [origin, number, digits, ...more] = note.slice(0, end).split("\n");
  const [size, root] = [decimal(number), digestOf(digits)];
  if (!origin || size === undefined || !root || more.length > EXTENSIONS_MAX || more.includes(""))
    throw new LogError("the head of the log is not a name, a number of entries and a digest");
  return { origin, size, root, text: note.slice(0, end + 1), signatures };
}

function proofOf(bytes: Uint8Array): Proof {
  const wrong = new LogError("it is not a proof of the form c2sp.org/tlog-proof@v1");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong;
  }
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(end, 0)).split("\n");
  if (end < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw wrong;
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()?.slice(6) ?? "") : null;
  if (extra === undefined || (extra && extra.length > EXTRA_BYTES_MAX)) throw wrong;
  const [, number] = /^index (.*)$/.exec(lines.shift() ?? "") ?? [];
  const index = decimal(number);
  const hashes = lines.map(digestOf);
  if (index === undefined || hashes.length > HASHES_MAX || hashes.includes(undefined)) throw wrong;
  return {
    extra: extra !== null,
    index,
    hashes: hashes.flatMap((hash) => hash ?? []),
    head: headOf(text.slice(end + 2)),
  };
}

/** Whether the hashes lead from an entry to the root (RFC 9162, section 2.1.3.2). */
async function leadsToRoot(entry: Bytes, { index, hashes, head }: Proof): Promise<boolean> {
  if (index >= head.size) return false;
  let [at, last] = [index, head.size - 1n];
  let hash = await digest("SHA-256", concat(Uint8Array.of(0), entry));
  for (const sibling of hashes) {
    if (last === 0n) return false;
    const odd = (at & 1n) === 1n;
    const pair = odd || at === last ? [sibling, hash] : [hash, sibling];
    hash = await digest("SHA-256", concat(Uint8Array.of(1), ...pair));
    if (!odd && at === last)
      while ((at & 1n) === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(hash, head.root);
}

const under = (head: Head, key: LogKey) =>
  head.signatures.filter(({ name, id }) => name === key.name && equal(id, key.id));

/** Whether the log signed its head; false when no key of that log is trusted. A text when one is, and has not signed well. */
async function signed(head: Head, keys: LogKey[]): Promise<boolean | string> {
  let why: string | undefined;
  for (const key of keys) {
    if (key.kind !== "log" || key.name !== head.origin) continue;
    const found = under(head, key);
    why = `the head of the log is not signed with the key of ${key.name}`;
    for (const { bytes } of found) {
      if (await holdsEd25519(key.key, utf8(head.text), bytes)) return true;
      why = `the signature of ${key.name} on the head of the log does not hold`;
    }
  }
  return why ?? false;
}

/** When a cosigner signed, in seconds since 1970, the latest; null when they did not, a text when they signed badly. */
async function cosignedAt(head: Head, key: LogKey): Promise<bigint | null | string> {
  const found = under(head, key);
  let latest: bigint | null = null;
  for (const { bytes } of found) {
    if (bytes.length < 8) continue;
    const at = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    const message = utf8(`cosignature/v1\ntime ${at}\n${head.text}`);
    if (!(await holdsEd25519(key.key, message, bytes.subarray(8)))) continue;
    if (latest === null || at > latest) latest = at;
  }
  if (found.length > 0 && latest === null)
    return `the signature of ${key.name} on the head of the log does not hold`;
  return latest;
}

/** Checks the proof that the seal is in the court's log, where there is one, and who else signed the head of the log. */
export class Log {
  constructor(
    private contents: Contents,
    private keys: LogKey[],
    private now: number,
    private findings: Findings,
  ) {}

  async check(manifestSha256: string): Promise<void> {
    const { contents, findings } = this;
    if (contents.size(layout.LOG_PROOF) === undefined) {
      findings.missingIf(
        this.keys.length > 0,
        "transparency_log",
        "no proof of the log was found although you named a log or a cosigner: either it was taken out, or this seal was never entered there",
        "this bundle is not in the log: it holds no proof that its seal was entered there",
      );
      findings.missingIf(
        this.asksFor("cosigner"),
        "cosigners",
        "without a proof of the log nobody has signed its head for this bundle",
      );
      return;
    }
    const proof = await this.read(manifestSha256);
    if (!proof) return;
    const { head, index } = proof;
    await this.unlessLacking("transparency_log", async () => {
      const by = await signed(head, this.keys);
      if (typeof by === "string") findings.failed("transparency_log", layout.LOG_PROOF, by);
      else if (by)
        findings.proved(
          "transparency_log",
          `the manifest is entry ${index} of the ${head.size} of the log ${head.origin}, under the key that you trust`,
        );
      else
        findings.missingIf(
          this.asksFor("log"),
          "transparency_log",
          `no proof of a log that you named was found: this one is of what calls itself the log ${head.origin}`,
          `the manifest is entry ${index} of the ${head.size} of what calls itself the log ${head.origin}; choose the key that the court publishes to check whose log it is`,
        );
    });
    await this.unlessLacking("cosigners", () => this.cosigners(head));
  }

  /** What this browser cannot check is not failed. */
  private async unlessLacking(check: "transparency_log" | "cosigners", work: () => Promise<void>) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      const asked = this.asksFor(check === "cosigners" ? "cosigner" : "log");
      this.findings.missingIf(asked, check, `${error.message}; the hashes of the proof do hold`);
    }
  }

  /** Whoever names a log or a cosigner expects their word. */
  private asksFor(kind: LogKey["kind"]): boolean {
    return this.keys.some((key) => key.kind === kind);
  }

  /** The proof, if it is one and of this manifest. */
  private async read(manifestSha256: string): Promise<Proof | null> {
    const path = layout.LOG_PROOF;
    const bytes = await this.contents.small(path, layout.LOG_PROOF_BYTES_MAX, "transparency_log");
    if (!bytes) return null;
    try {
      const proof = proofOf(bytes);
      if (!(await leadsToRoot(utf8(`oyer/log/1 manifest ${manifestSha256}`), proof)))
        throw new LogError("it does not prove that this manifest is in the log");
      if (proof.extra) throw new LogError("it has an extra line, which a bundle's proof must not have");
      return proof;
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.findings.failed("transparency_log", path, error.message);
      return null;
    }
  }

  private async cosigners(head: Head): Promise<void> {
    const { findings } = this;
    const trusted = this.keys.filter(({ kind }) => kind === "cosigner");
    if (trusted.length === 0) {
      const others = head.signatures.filter(({ name }) => name !== head.origin).length;
      findings.notChecked(
        "cosigners",
        others === 0
          ? "nobody but the log itself has signed its head"
          : `${others} further signatures on the head of the log; choose the keys of cosigners that you trust as well`,
      );
      return;
    }
    const found: string[] = [];
    for (const key of trusted) {
      const at = await cosignedAt(head, key);
      const today = BigInt(Math.floor(this.now / 1000));
      if (typeof at === "string") return findings.failed("cosigners", layout.LOG_PROOF, at);
      if (at === null) continue;
      if (at > YEAR_9999_END_S || at - today > DAY_S)
        return findings.failed(
          "cosigners",
          layout.LOG_PROOF,
          `${key.name} signed at a time that has not come`,
        );
      found.push(`${key.name} at ${new Date(Number(at) * 1000).toISOString()}`);
    }
    if (found.length === 0)
      findings.missingIf(
        true,
        "cosigners",
        `none of the ${trusted.length} cosigners that you trust has signed this head of the log`,
      );
    else
      findings.trusted(
        "cosigners",
        `${found.length} of the ${trusted.length} cosigners that you trust saw this head of the log and no other past: ${found.join(", ")}`,
      );
  }
}
