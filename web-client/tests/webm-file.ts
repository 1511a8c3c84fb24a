/** Files of WebM as tests need them. */
import type { ByteSource } from "../src/core/track-file";

export const bytes = (...parts: Array<number[] | Uint8Array>): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
export const id = (hex: string): number[] => hex.match(/../g)?.map((x) => Number.parseInt(x, 16)) ?? [];
const size = (n: number): number[] => [0x40 | (n >> 8), n & 0xff];
export const el = (hex: string, content: number[]): number[] => [
  ...id(hex),
  ...size(content.length),
  ...content,
];
export const UNKNOWN = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** A block of track 1 with some payload. */
export const block = (rel: number, key: boolean, length = 40): number[] =>
  el("a3", [0x81, rel >> 8, rel & 0xff, key ? 0x80 : 0, ...Array(length).fill(0x1f)]);
export const cluster = (ms: number, blocks: number[]): number[] =>
  el("1f43b675", [...el("e7", [ms >> 16, (ms >> 8) & 0xff, ms & 0xff]), ...blocks]);

/** A file of one cluster a second, with a key frame every `every` seconds. */
export function file(seconds: number, every: number): Uint8Array<ArrayBuffer> {
  const parts = [
    bytes(
      el("1a45dfa3", [1, 2, 3]),
      id("18538067"),
      UNKNOWN,
      el("1549a966", el("2ad7b1", [0x0f, 0x42, 0x40])),
    ),
  ];
  for (let s = 0; s < seconds; s++)
    parts.push(bytes(cluster(s * 1000, [...block(0, s % every === 0, 900), ...block(500, false, 900)])));
  return bytes(...parts);
}

export function source(all: Uint8Array<ArrayBuffer>): ByteSource & { asked: number } {
  return {
    size: all.length,
    asked: 0,
    async read(from, to) {
      this.asked += to - from;
      return all.slice(from, to);
    },
  };
}
