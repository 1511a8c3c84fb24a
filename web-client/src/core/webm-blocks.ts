/** Clusters of WebM as a decoder is given them: each picture says how long it lasts. */

import { joined, type Piece } from "./container";
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

/** Half a second, or one picture: the recorder takes none above 8 MiB. */
const CLUSTER_BYTES_MAX = 32 * 1024 * 1024;
/** The longest head of an element. */
const HEAD_BYTES_MAX = 12;
const KEY = 0x80;

/** A cluster within some bytes, at which all places are counted. */
interface Whole {
  at: number;
  outer: Element;
  /** Of the cluster, in ticks of the file. */
  time: number;
}

/** The cluster that begins at `at`; null where none of known size does; a number: so many bytes are needed to tell. */
function clusterAt(bytes: Uint8Array, at: number): Whole | number | null {
  if (at + HEAD_BYTES_MAX > bytes.length) return HEAD_BYTES_MAX;
  const outer = element(bytes, at);
  if (outer?.id !== CLUSTER || outer.end - at > CLUSTER_BYTES_MAX) return null;
  const known = outer.start + 2 * HEAD_BYTES_MAX;
  if (known > bytes.length) return known - at;
  const first = element(bytes, outer.start);
  if (first?.id !== TIMESTAMP || first.end - first.start > 8) return null;
  return { at, outer, time: unsigned(bytes, first.start, first.end) };
}

/**
 * What a decoder takes of these bytes: whole clusters, each once it is known when the next one begins. What is no cluster is
 * given as it is. `lasts`: a picture lasts so many ticks at most, also where no next one is known.
 */
export function pieceOf(bytes: Uint8Array<ArrayBuffer>, lasts: number, last: boolean): Omit<Piece, "runs"> {
  const parts: Uint8Array[] = [];
  let [at, used, needs] = [0, 0, 0];
  let held: Whole | null = null;
  const give = (next: Whole | null) => {
    if (held) parts.push(lasting(bytes, held, lasts, next?.time ?? null));
    held = null;
    used = at;
  };
  for (;;) {
    const one = clusterAt(bytes, at);
    if (typeof one === "number" && !last) {
      if (!held) give(null);
      needs = at + one;
      break;
    }
    if (one === null || typeof one === "number") {
      give(null);
      if (at < bytes.length) parts.push(bytes.subarray(at));
      used = bytes.length;
      break;
    }
    give(one);
    needs = one.outer.end;
    if (one.outer.end > bytes.length) {
      if (!last) break;
      parts.push(bytes.subarray(at));
      used = bytes.length;
      break;
    }
    held = one;
    at = one.outer.end;
  }
  return { bytes: joined(parts), used, needs };
}

/** The cluster with each simple block made a group that says its duration. */
function lasting(
  bytes: Uint8Array,
  { at: begins, outer, time }: Whole,
  lasts: number,
  next: number | null,
): Uint8Array {
  const content = children(bytes, outer);
  // Of one that is damaged nothing is left out: let the decoder judge.
  if (content.at(-1)?.inner.end !== outer.end) return bytes.subarray(begins, outer.end);
  const parts: Uint8Array[] = [];
  let following = next;
  for (const { id, bytes: whole, inner } of content.reverse()) {
    if (id !== SIMPLE_BLOCK) {
      parts.push(whole);
      continue;
    }
    const at = time + relative(bytes, inner);
    const until = following === null ? lasts : following - at;
    parts.push(group(bytes.slice(inner.start, inner.end), Math.max(1, Math.min(until, lasts))));
    following = at;
  }
  return wrapped([0x1f, 0x43, 0xb6, 0x75], parts.reverse());
}

/** Where in a block its flags are: behind the track's number and two bytes of time. */
function flagsAt(bytes: Uint8Array, start: number): number {
  return start + Math.clz32(bytes[start] || 1) - 23 + 2;
}

function relative(bytes: Uint8Array, block: Element): number {
  const at = flagsAt(bytes, block.start) - 2;
  const raw = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return raw >= 0x8000 ? raw - 0x10000 : raw;
}

function group(block: Uint8Array, lasts: number): Uint8Array {
  const at = flagsAt(block, 0);
  const key = ((block[at] ?? 0) & KEY) !== 0;
  // In a group it is told by what it refers to; only whether it is shown, and the lacing, stay.
  if (at < block.length) block[at] = (block[at] ?? 0) & 0x0e;
  const duration = Uint8Array.from([0x9b, 0x84, lasts >>> 24, lasts >>> 16, lasts >>> 8, lasts]);
  const refers = Uint8Array.from(key ? [] : [REFERENCE, 0x81, 0xff]);
  return wrapped([BLOCK_GROUP], [wrapped([0xa1], [block]), duration, refers]);
}
