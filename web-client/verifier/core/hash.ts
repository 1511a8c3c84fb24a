import { createSHA256, createSHA512, type IHasher } from "hash-wasm";
import { digest, hex } from "./bytes";

/** A SHA-256 that is fed piece by piece, whatever the size of the whole. */
export async function newHasher(): Promise<IHasher> {
  return (await createSHA256()).init();
}

const READ_BYTES = 4 * 2 ** 20;

/** The pieces of a file, the next one being read while one is worked on. */
export async function* pieces(file: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const read = (at: number) => file.slice(at, at + READ_BYTES).arrayBuffer();
  let next = file.size > 0 ? read(0) : undefined;
  for (let at = 0; next; ) {
    const piece: Uint8Array<ArrayBuffer> = new Uint8Array(await next);
    at += READ_BYTES;
    next = at < file.size ? read(at) : undefined;
    // What fails is told when its turn comes, and is no failure of nobody before.
    next?.catch(() => undefined);
    yield piece;
  }
}

export async function sha256Of(
  file: Blob,
  progressed: (bytes: number) => void = () => undefined,
): Promise<string> {
  const hasher = await newHasher();
  for await (const piece of pieces(file)) {
    hasher.update(piece);
    progressed(piece.length);
  }
  return hasher.digest("hex");
}

export async function sha512Of(
  file: Blob,
  progressed: (bytes: number) => void = () => undefined,
): Promise<string> {
  const hasher = (await createSHA512()).init();
  for await (const piece of pieces(file)) {
    hasher.update(piece);
    progressed(piece.length);
  }
  return hasher.digest("hex");
}

/** The fragments of one file as the ledger has them: lengths, and digests side by side. */
export class Fragments {
  readonly lengths: number[] = [];
  private digests = new Uint8Array(32 * 16);
  covered = 0;

  push(length: number, sha256: Uint8Array): void {
    const at = this.lengths.length * 32;
    if (at === this.digests.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.digests);
      this.digests = larger;
    }
    this.digests.set(sha256, at);
    this.lengths.push(length);
    this.covered += length;
  }

  sha256(index: number): string {
    return hex(this.digests.subarray(32 * index, 32 * index + 32));
  }
}

/** Fragments up to this size are hashed whole by the browser, beside the hash of the file. */
const WHOLE_BYTES_MAX = 16 * 2 ** 20;
const DIFFERING_MAX = 1000;
const WAITING_MAX = 16;

/** Hashes the fragments of a file while it streams by. */
export class FragmentTracker {
  private index = 0;
  private offset = 0;
  private left: number;
  private parts: Uint8Array[] = [];
  private waiting: Promise<void>[] = [];
  /** First and last byte of each fragment that differs, the first few of them. */
  readonly differing: [number, number][] = [];

  constructor(
    private fragments: Fragments | undefined,
    private large: IHasher,
  ) {
    this.left = fragments?.lengths[0] ?? 0;
  }

  async update(piece: Uint8Array): Promise<void> {
    let rest = piece;
    while (this.fragments && this.index < this.fragments.lengths.length && rest.length > 0) {
      const length = this.fragments.lengths[this.index] ?? 0;
      const now = rest.subarray(0, Math.min(this.left, rest.length));
      if (length > WHOLE_BYTES_MAX) {
        if (this.left === length) this.large.init();
        this.large.update(now);
      } else this.parts.push(now);
      this.left -= now.length;
      rest = rest.subarray(now.length);
      if (this.left === 0) await this.end(length);
    }
  }

  private async end(length: number): Promise<void> {
    const expected = this.fragments?.sha256(this.index);
    const [from, to] = [this.offset, this.offset + length - 1];
    const compare = (found: string) => {
      if (found !== expected && this.differing.length < DIFFERING_MAX) this.differing.push([from, to]);
    };
    if (length > WHOLE_BYTES_MAX) compare(this.large.digest("hex"));
    else {
      const bytes = this.parts.length === 1 && this.parts[0] ? this.parts[0] : joined(this.parts, length);
      this.waiting.push(digest("SHA-256", bytes).then((found) => compare(hex(found))));
      this.parts = [];
      if (this.waiting.length >= WAITING_MAX) await Promise.all(this.waiting.splice(0));
    }
    this.offset += length;
    this.index += 1;
    this.left = this.fragments?.lengths[this.index] ?? 0;
  }

  /** A fragment that the file was too short for differs as well. */
  async finish(): Promise<[number, number][]> {
    await Promise.all(this.waiting);
    const length = this.fragments?.lengths[this.index];
    if (length !== undefined) this.differing.push([this.offset, this.offset + length - 1]);
    return this.differing.sort(([a], [b]) => a - b);
  }
}

function joined(parts: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
