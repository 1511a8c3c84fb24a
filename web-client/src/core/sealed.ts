/**
 * What was sealed of each track, piece by piece: `fragments.tsv`, and `manifest-sha256.txt` that names it
 * (`recordings-schema/README.md`, sections 4 and 7).
 */

/** SHA-256. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

/** The browser's own SHA-256; null where it has none, as in a page that did not come by https. */
export function browserDigest(scope: { crypto?: { subtle?: SubtleCrypto } } = globalThis): Digest | null {
  const subtle = scope.crypto?.subtle;
  return subtle ? async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes)) : null;
}

/** What the server calls the sealed list is not the one that was sealed, or contradicts itself. */
export class NotSealed extends Error {}
/** The list is longer than a page can hold. */
export class TooLong extends Error {}

/** Some hundred thousand pieces: a day of a few people, two hours of forty. */
export const LEDGER_BYTES_MAX = 64 * 1024 * 1024;
export const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;
/** A piece is about two seconds; one that is larger than any of these is not held to be compared. */
export const PIECE_BYTES_MAX = 32 * 1024 * 1024;

const DIGEST_BYTES = 32;
/** So many links of the chain are computed at once. */
const LINKS_AT_ONCE = 512;
const HEADER = "seq\tfile\toffset\tbytes\tsha256\tchain";
const ENTRY =
  /^(0|[1-9]\d{0,19})\t([^\t]*)\t(0|[1-9]\d{0,19})\t([1-9]\d{0,19})\t([0-9a-f]{64})\t([0-9a-f]{64})$/;

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

function unhex(text: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < DIGEST_BYTES; i++) out[at + i] = Number.parseInt(text.substr(2 * i, 2), 16);
}

/** The pieces of one file, in order and without a hole from its first byte. */
export class Pieces {
  private readonly starts: number[] = [];
  private digests = new Uint8Array(64 * DIGEST_BYTES);
  /** How many bytes of the file they cover. */
  end = 0;

  get count(): number {
    return this.starts.length;
  }
  add(bytes: number, sha256: string): void {
    const at = this.count * DIGEST_BYTES;
    if (at === this.digests.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.digests);
      this.digests = larger;
    }
    unhex(sha256, this.digests, at);
    this.starts.push(this.end);
    this.end += bytes;
  }
  /** Where a piece begins in the file. */
  start(index: number): number {
    return this.starts[index] ?? this.end;
  }
  sha256(index: number): Uint8Array {
    return this.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }
  /** The piece in which a byte of the file lies; only for one that is covered. */
  at(offset: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

export const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The sealed digest of a file by the manifest; an error when the manifest does not name it once. */
export function digestIn(manifest: string, path: string): string {
  const found = manifest.split("\n").filter((line) => line.slice(64) === `  ${path}`);
  const [line] = found;
  if (line === undefined || found.length > 1)
    throw new NotSealed("the manifest does not name the ledger once");
  return line.slice(0, 64);
}

/** A ledger whose numbers, offsets and chain hold. */
export interface Ledger {
  files: Map<string, Pieces>;
  count: number;
  /** The remains of writes that failed: passed over, as the format says, since nothing can hide in them. */
  torn: number;
}

/**
 * Reads a ledger and checks it as a verifier does. `tracks`: the files of which it may speak. The page is given time
 * between each few hundred lines.
 */
export async function readLedger(
  bytes: Uint8Array<ArrayBuffer>,
  tracks: ReadonlySet<string>,
  digest: Digest,
): Promise<Ledger> {
  const text = new TextDecoder().decode(bytes);
  const ledger: Ledger = { files: new Map(), count: 0, torn: 0 };
  let end = text.indexOf("\n");
  if (end < 0 || text.slice(0, end) !== HEADER) throw new NotSealed("no header");
  let before = new Uint8Array(DIGEST_BYTES);
  let links: Array<Promise<void>> = [];
  while (end + 1 < text.length) {
    const from = end + 1;
    end = text.indexOf("\n", from);
    if (end < 0) end = text.length;
    const [, seq, file = "", offset, length, sha256 = "", chain = ""] =
      ENTRY.exec(text.slice(from, end)) ?? [];
    if (seq === undefined) {
      ledger.torn++;
      continue;
    }
    if (!tracks.has(file)) throw new NotSealed("a piece of no track");
    const pieces = ledger.files.get(file) ?? new Pieces();
    if (Number(seq) !== ledger.count || Number(offset) !== pieces.end)
      throw new NotSealed("pieces are missing");
    pieces.add(Number(length), sha256);
    if (!Number.isSafeInteger(pieces.end)) throw new NotSealed("a size that no file has");
    ledger.files.set(file, pieces);
    const link = new Uint8Array(2 * DIGEST_BYTES);
    link.set(before);
    link.set(pieces.sha256(pieces.count - 1), DIGEST_BYTES);
    const wanted = new Uint8Array(DIGEST_BYTES);
    unhex(chain, wanted, 0);
    links.push(
      digest(link).then((made) => {
        if (!equal(made, wanted)) throw new NotSealed("the chain is broken");
      }),
    );
    before = wanted;
    ledger.count++;
    if (links.length >= LINKS_AT_ONCE) {
      await Promise.all(links);
      links = [];
    }
  }
  await Promise.all(links);
  return ledger;
}

/** Told how many bytes of a list have come, and of how many where that is known. */
export type OnArrived = (bytes: number, total: number | null) => void;

/** Where the lists are to be had. */
export interface Lists {
  manifest: () => Promise<Uint8Array<ArrayBuffer>>;
  ledger: (onArrived: OnArrived) => Promise<Uint8Array<ArrayBuffer>>;
}

/** What the case file says of the recording, by which the lists must hold. */
export interface Expected {
  recording: string;
  manifestSha256: string;
  tracks: ReadonlySet<string>;
}

/** The ledger, once it is known to be the one that the manifest names, and the manifest to be that of the seal. */
export async function sealedLedger(
  lists: Lists,
  expected: Expected,
  digest: Digest,
  onArrived: OnArrived = () => undefined,
): Promise<Ledger> {
  const manifest = await lists.manifest();
  if (hex(await digest(manifest)) !== expected.manifestSha256)
    throw new NotSealed("the manifest is not the one of the seal");
  const bytes = await lists.ledger(onArrived);
  const wanted = digestIn(new TextDecoder().decode(manifest), `data/${expected.recording}/fragments.tsv`);
  if (hex(await digest(bytes)) !== wanted) throw new NotSealed("the ledger is not the one of the manifest");
  return readLedger(bytes, expected.tracks, digest);
}
