import { describe, expect, it } from "vitest";
import { joined } from "../src/core/container";
import { BLOCK_GROUP, CLUSTER, children, element, SIMPLE_BLOCK, TIMESTAMP, unsigned } from "../src/core/ebml";
import { type ByteSource, TrackFile } from "../src/core/track-file";
import { head } from "../src/core/webm";

type Bytes = Uint8Array<ArrayBuffer>;
const hex = (text: string): number[] => text.match(/../g)?.map((x) => Number.parseInt(x, 16)) ?? [];
const size = (n: number): number[] => [0x20 | (n >> 16), (n >> 8) & 0xff, n & 0xff];
const el = (id: string, content: number[]): number[] => [...hex(id), ...size(content.length), ...content];
const block = (rel: number, key: boolean, fill: number, length = 40): number[] =>
  el("a3", [0x81, (rel >> 8) & 0xff, rel & 0xff, key ? 0x80 : 0, ...Array(length).fill(fill)]);
const cluster = (ms: number, ...blocks: number[][]): number[] =>
  el("1f43b675", [...el("e7", [ms >> 16, (ms >> 8) & 0xff, ms & 0xff]), ...blocks.flat()]);
const BEGIN = [
  ...el("1a45dfa3", [1, 2, 3]),
  ...hex("1853806701ffffffffffffff"),
  ...el("1549a966", el("2ad7b1", [0x0f, 0x42, 0x40])),
  ...el("1654ae6b", el("ae", el("d7", [1]))),
];
const bytes = (...parts: number[][]): Bytes => joined([BEGIN, ...parts].map((p) => Uint8Array.from(p)));

function source(all: Bytes): ByteSource {
  return { size: all.length, read: async (from, to) => all.slice(from, to) };
}

/** What a decoder is given of a file, without its head. */
async function given(all: Bytes, lastsMs: number | null = 2_000): Promise<Bytes> {
  const track = new TrackFile(source(all), lastsMs);
  await track.init();
  const parts: Bytes[] = [];
  for (let at = head(all)?.length ?? 0; at < all.length; ) {
    const piece = await track.piece(at);
    expect(piece.next).toBeGreaterThan(at);
    parts.push(piece.bytes);
    at = piece.next;
  }
  return joined(parts);
}

/** Each picture: its time, how long it says to last, whether it is a key frame, and a byte of it. */
function pictures(all: Uint8Array) {
  const found: Array<[at: number, lasts: number, key: boolean, byte: number | undefined]> = [];
  for (let at = 0; at < all.length; ) {
    const outer = element(all, at);
    if (outer?.id !== CLUSTER) break;
    let time = 0;
    for (const { id, inner } of children(all, outer)) {
      if (id === TIMESTAMP) time = unsigned(all, inner.start, inner.end);
      expect(id).not.toBe(SIMPLE_BLOCK);
      if (id !== BLOCK_GROUP) continue;
      const parts = children(all, inner);
      const of = (wanted: number) => parts.find((p) => p.id === wanted)?.inner;
      const [data, lasts] = [of(0xa1), of(0x9b)];
      if (!data || !lasts) throw new Error("no block");
      const rel = (unsigned(all, data.start + 1, data.start + 3) << 16) >> 16;
      expect(all[data.start + 3]).toBe(0);
      found.push([time + rel, unsigned(all, lasts.start, lasts.end), !of(0xfb), all[data.end - 1]]);
    }
    at = outer.end;
  }
  return found;
}

describe("pictures in WebM as a decoder is given them", () => {
  it("last until the next one, also across clusters, and over a pause no longer than a camera's", async () => {
    const all = bytes(
      cluster(0, block(0, true, 1), block(40, false, 2)),
      cluster(90, block(0, false, 3), block(33, false, 4)),
      cluster(9_000, block(-3, true, 5)),
    );
    expect(pictures(await given(all))).toEqual([
      [0, 40, true, 1],
      [40, 50, false, 2],
      [90, 33, false, 3],
      [123, 2_000, false, 4],
      [8_997, 2_000, true, 5],
    ]);
    expect(pictures(await given(all, 60_000)).map(([, lasts]) => lasts)).toEqual([40, 50, 33, 8_877, 60_000]);
  });

  it("are whole, however long a cluster is", async () => {
    const all = bytes(
      cluster(0, block(0, true, 1, 200_000), block(40, false, 2, 300_000)),
      cluster(80, block(0, false, 3, 100_000)),
    );
    expect(pictures(await given(all)).map(([, , , byte]) => byte)).toEqual([1, 2, 3]);
  });

  it("sound, and what is no cluster, is given as it is", async () => {
    const all = bytes(cluster(0, block(0, true, 1)), el("1c53bb6b", [1, 2, 3]), Array(5_000).fill(0));
    const own = all.slice(head(all)?.length);
    expect(await given(all, null)).toEqual(own);
    const made = await given(all);
    expect(made.slice(-5_000 - 9)).toEqual(own.slice(-5_000 - 9));
    expect(pictures(made)).toHaveLength(1);
  });

  it("cut anywhere come to an end", async () => {
    const all = bytes(cluster(0, block(0, true, 1), block(40, false, 2)), cluster(90, block(0, false, 3)));
    const begin = head(all)?.length ?? 0;
    for (let n = begin + 8; n < all.length; n++) {
      const made = await given(all.slice(0, n));
      expect(made.length).toBeGreaterThan(0);
    }
    for (let at = begin; at < all.length; at++) {
      for (const value of [0, 0x01, 0x7f, 0xff]) {
        const changed = all.slice();
        changed[at] = value;
        if (head(changed)) await given(changed);
      }
    }
  });
});
