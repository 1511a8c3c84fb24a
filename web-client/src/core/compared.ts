import { joined } from "./container";
import { type Digest, equal, PIECE_BYTES_MAX, type Pieces } from "./sealed";
import type { ByteSource } from "./track-file";

/** What became of a piece: it is what was sealed, or not. */
export type OnPiece = (index: number, same: boolean, bytes: Uint8Array<ArrayBuffer>) => void;

/** What is given out without being compared: there is no list, or these bytes are in no piece of it. */
export type OnBare = (why: "no_list" | "no_piece") => void;

interface Compared {
  /** What was sealed of the file; null where that is not to be had. Asked for before each read. */
  pieces: () => Promise<Pieces | null>;
  digest: Digest;
  onPiece: OnPiece;
  onBare: OnBare;
}

/**
 * A file whose bytes are compared with what was sealed before anybody gets them. Pieces are read whole, so that the
 * bytes that are compared are the bytes that are given out.
 */
export function comparedSource(inner: ByteSource, { pieces, digest, onPiece, onBare }: Compared): ByteSource {
  /** The last piece that was read: most reads begin within it. */
  let kept: { index: number; bytes: Uint8Array<ArrayBuffer> } | null = null;

  /** Every whole piece from `first` to `last`, in one request. */
  async function whole(known: Pieces, first: number, last: number): Promise<Uint8Array<ArrayBuffer>> {
    const begin = known.start(first);
    const held = kept?.index === first ? kept.bytes : null;
    const from = held ? known.start(first + 1) : begin;
    const end = known.start(last + 1);
    const read = from < end ? await inner.read(from, end) : new Uint8Array(0);
    const bytes = held ? joined([held, read]) : read;
    for (let index = held ? first + 1 : first; index <= last; index++) {
      const own = bytes.slice(known.start(index) - begin, known.start(index + 1) - begin);
      const same = equal(await digest(own), known.sha256(index));
      onPiece(index, same, own);
      // One that was cut short would shift what is read after it.
      kept = own.length === known.start(index + 1) - known.start(index) ? { index, bytes: own } : null;
    }
    return bytes;
  }

  async function part(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const known = await pieces();
    if (!known || from >= known.end) {
      onBare(known ? "no_piece" : "no_list");
      return inner.read(from, to);
    }
    const first = known.at(from);
    const begin = known.start(first);
    if (known.start(first + 1) - begin > PIECE_BYTES_MAX) {
      onBare("no_piece");
      return inner.read(from, Math.min(to, known.start(first + 1)));
    }
    let last = first;
    const end = Math.min(to, known.end);
    while (known.start(last + 1) < end && known.start(last + 2) - begin <= PIECE_BYTES_MAX) last++;
    return (await whole(known, first, last)).slice(from - begin, to - begin);
  }

  return {
    size: inner.size,
    look: (from, to) => inner.read(from, to),
    async read(from, to) {
      const parts: Uint8Array[] = [];
      for (let at = from; at < Math.min(to, inner.size); ) {
        const next = await part(at, to);
        // A file that is shorter than it should be: its last piece was compared, and differs.
        if (next.length === 0) break;
        parts.push(next);
        at += next.length;
      }
      return joined(parts);
    },
  };
}
