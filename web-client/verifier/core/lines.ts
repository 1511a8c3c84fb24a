/** How large a text file may be. */
export interface Bounds {
  lineBytesMax: number;
  linesMax: number;
}

/** A line, or what is wrong with it. A line that is cut off has its text as well. */
export type Line =
  | { text: string; fault?: undefined | "cut off" }
  | { text?: undefined; fault: "too long" | "no text" };

/** More lines than the format allows. */
export class TooManyLines extends Error {}

const PIECE_BYTES = 1 << 20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f]/;

/** The lines of a file, without their line feeds, some at a time and never more than a piece of the file in memory. */
export async function* lineBatches(file: Blob, { lineBytesMax, linesMax }: Bounds): AsyncGenerator<Line[]> {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = new Uint8Array(0);
  let tooLong = false;
  let count = 0;
  const line = (raw: Uint8Array): Line => {
    count += 1;
    if (count > linesMax) throw new TooManyLines(`more than ${linesMax} lines`);
    if (raw.length > lineBytesMax) return { fault: "too long" };
    try {
      const text = strict.decode(raw);
      return CONTROL.test(text) ? { fault: "no text" } : { text };
    } catch {
      return { fault: "no text" };
    }
  };
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const piece = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
    const batch: Line[] = [];
    let start = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      const part = piece.subarray(start, end);
      if (tooLong) batch.push({ fault: "too long" });
      else if (rest.length > 0) batch.push(line(join(rest, part)));
      else batch.push(line(part));
      rest = new Uint8Array(0);
      tooLong = false;
      start = end + 1;
    }
    if (!tooLong && start < piece.length) {
      rest = join(rest, piece.subarray(start));
      if (rest.length > lineBytesMax) {
        // What follows up to the next line feed is of no use, and is not kept.
        line(rest);
        tooLong = true;
        rest = new Uint8Array(0);
      }
    }
    yield batch;
  }
  if (tooLong) yield [{ fault: "too long" }];
  if (rest.length > 0) {
    count += 1;
    if (count > linesMax) throw new TooManyLines(`more than ${linesMax} lines`);
    yield [{ text: lossy.decode(rest), fault: "cut off" }];
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** The lines of a file in which every line must be text and end with a line feed; hands each to `each` with its number. */
export async function eachLine(
  file: Blob,
  bounds: Bounds,
  each: (text: string, number: number) => void | Promise<void>,
): Promise<number> {
  let number = 0;
  for await (const batch of lineBatches(file, bounds)) {
    for (const { text, fault } of batch) {
      number += 1;
      if (fault) throw new Fault(`line ${number}: ${WORDS[fault]}`);
      // Waiting for what is there already would cost more than the work.
      const pending = each(text, number);
      if (pending) await pending;
    }
  }
  return number;
}

const WORDS = {
  "too long": "longer than the format allows",
  "no text": "not plain UTF-8 text with LF line ends",
  "cut off": "cut off, it has no line feed",
};

/** Something in a document of the bundle that is not as the format wants it. */
export class Fault extends Error {}
