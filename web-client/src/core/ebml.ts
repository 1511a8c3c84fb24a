/** The pieces that WebM is made of (EBML, RFC 8794), and the names of those in a cluster. */

export const CLUSTER = 0x1f43b675;
export const TIMESTAMP = 0xe7;
export const SIMPLE_BLOCK = 0xa3;
export const BLOCK_GROUP = 0xa0;
export const REFERENCE = 0xfb;

export interface Element {
  id: number;
  /** Where the content begins. */
  start: number;
  /** Where it ends; infinite when the size is unknown. */
  end: number;
}

/** The element that begins at `at`; null when the bytes do not hold its whole head. */
export function element(bytes: Uint8Array, at: number): Element | null {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const idLength = Math.clz32(first) - 23;
  if (idLength > 4 || at + idLength >= bytes.length) return null;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + (bytes[at + i] ?? 0);
  const head = bytes[at + idLength];
  if (head === undefined || head === 0) return null;
  const sizeLength = Math.clz32(head) - 23;
  const start = at + idLength + sizeLength;
  if (start > bytes.length) return null;
  let size = head & (0xff >> sizeLength);
  let unknown = size === 0xff >> sizeLength;
  for (let i = 1; i < sizeLength; i++) {
    const byte = bytes[at + idLength + i] ?? 0;
    unknown &&= byte === 0xff;
    size = size * 256 + byte;
  }
  return { id, start, end: unknown ? Number.POSITIVE_INFINITY : start + size };
}

export function unsigned(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

/** Children of an element, as whole pieces of bytes. */
export function children(
  bytes: Uint8Array,
  outer: Element,
): Array<{ id: number; bytes: Uint8Array; inner: Element }> {
  const found: Array<{ id: number; bytes: Uint8Array; inner: Element }> = [];
  for (let at = outer.start; at < Math.min(outer.end, bytes.length); ) {
    const inner = element(bytes, at);
    if (!inner || inner.end > bytes.length) break;
    found.push({ id: inner.id, bytes: bytes.slice(at, inner.end), inner });
    at = inner.end;
  }
  return found;
}

export function wrapped(id: number[], parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(id.length + 8 + size);
  out.set(id);
  // A size of eight bytes, of which the lower four are enough here.
  new DataView(out.buffer).setUint8(id.length, 0x01);
  new DataView(out.buffer).setUint32(id.length + 4, size);
  let at = id.length + 8;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
