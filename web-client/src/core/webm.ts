/**
 * The little of WebM (RFC 9559) that seeking needs. A recording is written live and never touched again, so it has
 * neither cues nor a duration: a place in time is found by looking at clusters, as a reader of a book without an
 * index opens it in the middle.
 */

import { type Container, FRAME_LASTS_MS, joined, type Run } from "./container";
import {
  BLOCK_GROUP,
  CLUSTER,
  children,
  type Element,
  element,
  REFERENCE,
  SIMPLE_BLOCK,
  TIMESTAMP,
  unsigned,
  wrapped,
} from "./ebml";
import { pieceOf } from "./webm-blocks";

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const DEFAULT_DURATION = 0x23e383;
const BLOCK = 0xa1;

export interface Head {
  /** Bytes before the first cluster: what a decoder must have been given once. */
  length: number;
  /** Nanoseconds of one tick; a million where nothing is said. */
  scale: number;
}

/** Everything before the first cluster; null when the bytes end before it, or are no WebM. */
export function head(bytes: Uint8Array): Head | null {
  let at = 0;
  let scale = 1_000_000;
  for (;;) {
    const found = element(bytes, at);
    if (!found) return null;
    if (at === 0 && found.id !== EBML) return null;
    if (found.id === CLUSTER) return { length: at, scale };
    if (found.id === SEGMENT) {
      at = found.start;
      continue;
    }
    if (found.id === INFO) {
      for (let child = found.start; child < Math.min(found.end, bytes.length); ) {
        const inner = element(bytes, child);
        if (!inner || inner.end === Number.POSITIVE_INFINITY) break;
        if (inner.id === TIMESTAMP_SCALE) scale = unsigned(bytes, inner.start, inner.end) || scale;
        child = inner.end;
      }
    }
    if (found.end === Number.POSITIVE_INFINITY) return null;
    at = found.end;
  }
}

/**
 * The file whose beginning this is; null when the bytes end before its first cluster, or are no WebM. `lastsMs`: how long a
 * picture stands if nothing follows; null for sound, which keeps its own head: its frames follow each other without a
 * pause.
 */
export function webm(bytes: Uint8Array<ArrayBuffer>, lastsMs: number | null): Container | null {
  const found = head(bytes);
  if (!found) return null;
  const { length, scale } = found;
  const own = bytes.slice(0, length);
  return {
    length,
    head: (lastsMs === null ? null : decoderHead(own, lastsMs)) ?? own,
    codec: null,
    knownBy: 64,
    runs: (part, base) => clusters(part, base, scale),
    piece: (part, base, last) => {
      // Of sound a decoder takes WebM cut anywhere.
      if (lastsMs === null)
        return { bytes: part, runs: clusters(part, base, scale), used: part.length, needs: 0 };
      const found = pieceOf(part, Math.round((lastsMs * 1_000_000) / scale), last);
      return { ...found, runs: clusters(part.subarray(0, found.used), base, scale) };
    },
  };
}

/** How long a frame lasts, as an element: in nanoseconds, eight bytes. */
function frameLasts(ms: number): Uint8Array {
  const out = Uint8Array.from([0x23, 0xe3, 0x83, 0x88, 0, 0, 0, 0, 0, 0, 0, 0]);
  new DataView(out.buffer).setBigUint64(4, BigInt(Math.round(ms)) * 1_000_000n);
  return out;
}

/**
 * What a decoder is given in place of the file's own head: the same tracks, each frame said to last until the next.
 * A file of a live call names a frame length far below its real spacing, and a browser that believes it takes every
 * pause between two frames for a hole, and drops all that follows up to the next key frame.
 */
export function decoderHead(
  bytes: Uint8Array,
  lastsMs: number = FRAME_LASTS_MS,
): Uint8Array<ArrayBuffer> | null {
  const start = element(bytes, 0);
  if (!start || start.id !== EBML || start.end > bytes.length) return null;
  const segment = element(bytes, start.end);
  if (!segment || segment.id !== SEGMENT) return null;
  const parts: Uint8Array[] = [
    bytes.slice(0, start.end),
    Uint8Array.from([0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ];
  for (const child of children(bytes, segment)) {
    if (child.id === INFO) parts.push(child.bytes);
    if (child.id !== TRACKS) continue;
    const entries = children(bytes, child.inner).map((entry) => {
      if (entry.id !== TRACK_ENTRY) return entry.bytes;
      const kept = children(bytes, entry.inner).filter((c) => c.id !== DEFAULT_DURATION);
      return wrapped([0xae], [...kept.map((c) => c.bytes), frameLasts(lastsMs)]);
    });
    parts.push(wrapped([0x16, 0x54, 0xae, 0x6b], entries));
  }
  return joined(parts);
}

/** The clusters whose heads lie within these bytes, which begin at `base` of the file. */
export function clusters(bytes: Uint8Array, base: number, scale = 1_000_000): Run[] {
  const found: Run[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const next = indexOfCluster(bytes, at);
    if (next < 0) break;
    const cluster = readCluster(bytes, next, base, scale);
    if (cluster) found.push(cluster);
    at = next + 4;
  }
  return found;
}

function indexOfCluster(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(0x1f, from);
    at >= 0 && at + 3 < bytes.length;
    at = bytes.indexOf(0x1f, at + 1)
  ) {
    if (bytes[at + 1] === 0x43 && bytes[at + 2] === 0xb6 && bytes[at + 3] === 0x75) return at;
  }
  return -1;
}

/** Four bytes of a picture may look like a cluster's id; only what is followed by a cluster's content is one. */
function readCluster(bytes: Uint8Array, at: number, base: number, scale: number): Run | null {
  const outer = element(bytes, at);
  if (!outer || outer.id !== CLUSTER) return null;
  const end = Math.min(outer.end, bytes.length);
  let time: number | null = null;
  let keyMs: number | null = null;
  const ms = (ticks: number) => (ticks * scale) / 1_000_000;
  const blockTime = (start: number) => {
    const track = element0(bytes, start);
    const raw = ((bytes[start + track] ?? 0) << 8) | (bytes[start + track + 1] ?? 0);
    return {
      ms: ms((time ?? 0) + (raw >= 0x8000 ? raw - 0x10000 : raw)),
      flags: bytes[start + track + 2] ?? 0,
    };
  };
  for (let child = outer.start; child < end; ) {
    const inner = element(bytes, child);
    if (!inner || inner.id === CLUSTER) break;
    if (time === null && child - outer.start > 32 && inner.id !== TIMESTAMP) return null;
    if (inner.id === TIMESTAMP && inner.end <= bytes.length) time = unsigned(bytes, inner.start, inner.end);
    if (inner.id === SIMPLE_BLOCK && keyMs === null && inner.start + 12 <= bytes.length) {
      const block = blockTime(inner.start);
      if (block.flags & 0x80) keyMs = block.ms;
    }
    if (inner.id === BLOCK_GROUP && keyMs === null && inner.end <= bytes.length)
      keyMs = groupKey(bytes, inner, blockTime);
    if (inner.end === Number.POSITIVE_INFINITY) break;
    child = inner.end;
  }
  return time === null ? null : { offset: base + at, timeMs: ms(time), keyMs };
}

function groupKey(
  bytes: Uint8Array,
  group: Element,
  blockTime: (start: number) => { ms: number },
): number | null {
  let key: number | null = null;
  for (let at = group.start; at < group.end; ) {
    const inner = element(bytes, at);
    if (!inner || inner.end === Number.POSITIVE_INFINITY) break;
    if (inner.id === REFERENCE) return null;
    if (inner.id === BLOCK) key = blockTime(inner.start).ms;
    at = inner.end;
  }
  return key;
}

/** Length of the variable-length number at `at`. */
function element0(bytes: Uint8Array, at: number): number {
  return Math.clz32(bytes[at] || 1) - 23;
}
