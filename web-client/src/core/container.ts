/** What a track's file is read by, whatever its container: WebM (`webm.ts`) or MP4 (`mp4.ts`). */

/** The file holds nothing that could be played, or nothing from some place on. */
export class NotMedia extends Error {}

/** A camera's picture stands for so long, if nothing follows. */
export const FRAME_LASTS_MS = 2_000;

/** What follows in time in one place of a file: a cluster of WebM, a fragment of MP4. */
export interface Run {
  /** In the file. */
  offset: number;
  timeMs: number;
  /** Time of its first key frame, when it holds one within the bytes looked at. */
  keyMs: number | null;
}

/** What a decoder is given next. */
export interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  /** The runs that begin in it. */
  runs: Run[];
  /** So many of the bytes offered are dealt with; more than were offered where what follows is for no decoder. */
  used: number;
  /** Where none are: so many must be offered. */
  needs: number;
}

/** A file whose beginning was read. */
export interface Container {
  /** Bytes of the file before its first run. */
  readonly length: number;
  /** What a decoder must have been given once. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** The codec by its full name (RFC 6381), in a file that has one; null where its short name says all. */
  readonly codec: string | null;
  /** A run is known by so many of its bytes. */
  readonly knownBy: number;
  /** The runs within these bytes, which begin anywhere: at `base` of the file. */
  runs(bytes: Uint8Array, base: number): Run[];
  /**
   * What a decoder takes of these bytes, which are at `base` of the file, where a run or an earlier piece ends. `last`:
   * the file has no more.
   */
  piece(bytes: Uint8Array<ArrayBuffer>, base: number, last: boolean): Piece;
}

export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
