import { type Bytes, compare, hex } from "./bytes";

// Libraries for ASN.1 read BER, in which one value has many spellings. The format wants DER, in which every byte of a signature
// file is the only one that could stand there; so this reader knows nothing else.

/** Not DER, or not what is expected there. */
export class DerError extends Error {}

/** An element: its first byte (class, form and number), its content, and both together. */
export interface Element {
  tag: number;
  body: Bytes;
  whole: Bytes;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  nothing: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const DEPTH_MAX = 24;
const ELEMENTS_MAX = 20_000;
const OID_BYTES_MIN = 3;
const OID_BYTES_MAX = 39;

function next(bytes: Bytes, at: number): { element: Element; end: number } {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined) throw new DerError("cut off");
  if ((tag & 0x1f) === 0x1f) throw new DerError("a tag that the format does not have");
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new DerError("a length that is not of DER");
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[start + i];
      if (byte === undefined) throw new DerError("cut off");
      length = length * 256 + byte;
    }
    if (length < 0x80 || bytes[start] === 0) throw new DerError("a length that is not of DER");
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError("cut off");
  return { element: { tag, body: bytes.subarray(start, end), whole: bytes.subarray(at, end) }, end };
}

/** The only element of these bytes. */
export function parse(bytes: Bytes, tag?: number): Element {
  const { element, end } = next(bytes, 0);
  if (end !== bytes.length) throw new DerError("something stands behind the end");
  return tag === undefined ? element : expect(element, tag);
}

/** The elements inside of one. */
export function children({ body }: { body: Bytes }): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < body.length; ) {
    const { element, end } = next(body, at);
    found.push(element);
    at = end;
    if (found.length > ELEMENTS_MAX) throw new DerError("too many elements");
  }
  return found;
}

export function expect(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new DerError("another element than expected");
  return element;
}

/** The elements inside of a sequence. */
export function sequence(element: Element | undefined): Element[] {
  return children(expect(element, TAG.sequence));
}

/** Whether the elements stand in the order of a SET OF in DER, each once. */
export function inOrder(elements: Element[]): boolean {
  return elements.every((element, i) => {
    const before = elements[i - 1];
    return !before || compare(before.whole, element.whole) < 0;
  });
}

export function sorted(elements: Element[]): Element[] {
  return [...elements].sort((a, b) => compare(a.whole, b.whole));
}

/** Refuses what has another spelling in DER, at any depth. `sets`: whether the order of sets counts as well. */
export function checkStrict(element: Element, sets: boolean, depth = 0): void {
  const { tag, body } = element;
  if (depth > DEPTH_MAX) throw new DerError("too deep");
  if (tag & 0x20) {
    const inner = children(element);
    for (const one of inner) checkStrict(one, sets, depth + 1);
    if (sets && tag === TAG.set && !inOrder(inner)) throw new DerError("a set that is out of order");
    return;
  }
  const bad =
    (tag === TAG.boolean && !(body.length === 1 && (body[0] === 0 || body[0] === 0xff))) ||
    (tag === TAG.integer && !integerFits(body)) ||
    (tag === TAG.nothing && body.length > 0) ||
    (tag === TAG.bits && !bitsFit(body)) ||
    (tag === TAG.oid && !/^((?!80)([89a-f][0-9a-f])*[0-7][0-9a-f])+$/.test(hex(body)));
  if (bad || tag === TAG.sequence - 0x20 || tag === TAG.set - 0x20)
    throw new DerError("a value that is not of DER");
}

function integerFits(body: Bytes): boolean {
  const [first, second] = body;
  if (first === undefined) return false;
  return second === undefined || !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}

function bitsFit(body: Bytes): boolean {
  const unused = body[0];
  if (unused === undefined || unused > 7) return false;
  return body.length === 1 ? unused === 0 : ((body[body.length - 1] ?? 0) & ((1 << unused) - 1)) === 0;
}

/** An object identifier in dotted form. */
export function oid(element: Element | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  const { body } = expect(element, TAG.oid);
  // As long as those that the other verifier can hold.
  if (body.length < OID_BYTES_MIN || body.length > OID_BYTES_MAX) throw new DerError("a name out of range");
  for (const byte of body) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 0xffff_ffff) throw new DerError("a name out of range");
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const first = arcs.shift() ?? 0;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - 40 * top, ...arcs].join(".");
}

/** A small whole number. */
export function small(element: Element | undefined): number {
  const { body } = expect(element, TAG.integer);
  if (body.length > 4 || (body[0] ?? 0x80) >= 0x80) throw new DerError("a number out of range");
  return body.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The bytes of a bit string that has no odd bits. */
export function bits(element: Element | undefined): Bytes {
  const { body } = expect(element, TAG.bits);
  if (body[0] !== 0) throw new DerError("a bit string with odd bits");
  return body.subarray(1);
}

/** A time of X.509, in milliseconds since 1970. */
export function time(element: Element | undefined): number {
  const text = String.fromCharCode(...(element?.body.subarray(0, 20) ?? []));
  if (element?.tag === TAG.utcTime && /^\d{12}Z$/.test(text))
    return calendar(`${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text.slice(0, 12)}`);
  if (element?.tag === TAG.generalizedTime && /^\d{14}Z$/.test(text)) return calendar(text.slice(0, 14));
  throw new DerError("not a time");
}

/** `20260115093000` in milliseconds since 1970; a day that no calendar has is refused. */
export function calendar(digits: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(iso);
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) throw new DerError("not a time");
  return at;
}
