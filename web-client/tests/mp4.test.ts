import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Container, joined, NotMedia } from "../src/core/container";
import { mp4 } from "../src/core/mp4";
import { type ByteSource, TrackFile } from "../src/core/track-file";

type Bytes = Uint8Array<ArrayBuffer>;
const u16 = (n: number): number[] => [(n >> 8) & 0xff, n & 0xff];
const u32 = (n: number): number[] => [...u16(Math.floor(n / 65536)), ...u16(n % 65536)];
const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));
const box = (name: string, ...content: number[][]): number[] => {
  const inner = content.flat();
  return [...u32(inner.length + 8), ...text(name), ...inner];
};
const zeros = (n: number): number[] => Array(n).fill(0);
const bytes = (...parts: number[][]): Bytes => joined(parts.map((part) => Uint8Array.from(part)));

const SCALE = 90_000;
const KEY = 0x02000000;
const DELTA = 0x01010000;

interface Movie {
  tracks?: number;
  config?: number[];
  scale?: number;
}

/** What stands before the first fragment, as the recorder writes it. */
function movie({ tracks = 1, config = [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0], scale = SCALE }: Movie = {}) {
  const entry = box("avc1", zeros(78), config.length > 0 ? box("avcC", config) : []);
  const media = box(
    "mdia",
    box("mdhd", zeros(12), u32(scale), zeros(8)),
    box("minf", box("stbl", box("stsd", u32(0), u32(1), entry))),
  );
  const trak = box("trak", box("tkhd", zeros(12), u32(1), zeros(4)), media);
  const mvex = box("mvex", box("trex", u32(0), u32(1), u32(1), zeros(12)));
  return [box("ftyp", text("iso6")), box("moov", box("mvhd", zeros(4)), ...Array(tracks).fill(trak), mvex)];
}

interface Fragment {
  ms: number;
  key?: boolean;
  /** Bytes of each picture. */
  sizes?: number[];
  /** A duration for each picture in the table. */
  durations?: boolean;
  track?: number;
  count?: number;
  offset?: number;
  mdat?: number;
  fill?: number[];
}

/** Pictures 40 ms apart. */
function fragment(f: Fragment): number[] {
  const sizes = f.sizes ?? [300, 200];
  const table = (offset: number) =>
    box(
      "moof",
      box("mfhd", u32(0), u32(7)),
      box(
        "traf",
        box("tfhd", u32(0x20038), u32(f.track ?? 1), u32(3_600), u32(5), u32(DELTA)),
        box("tfdt", u32(0x1000000), u32(0), u32((f.ms * SCALE) / 1000)),
        box(
          "trun",
          u32(f.durations ? 0x305 : 0x205),
          u32(f.count ?? sizes.length),
          u32(offset),
          u32(f.key ? KEY : DELTA),
          sizes.flatMap((size) => [...(f.durations ? u32(3_600) : []), ...u32(size)]),
        ),
      ),
    );
  const pictures = sizes.flatMap((size, n) => Array(size).fill(n + 1));
  (f.fill ?? []).forEach((byte, n) => {
    pictures[n + 20] = byte;
  });
  const { length } = table(0);
  return [
    ...table(f.offset ?? length + 8),
    ...u32(f.mdat ?? pictures.length + 8),
    ...text("mdat"),
    ...pictures,
  ];
}

/** A fragment each half second, with a key frame every `every` seconds. */
function film(seconds: number, every: number, size = 300): Bytes {
  const parts = movie();
  for (let ms = 0; ms < seconds * 1000; ms += 500)
    parts.push(fragment({ ms, key: ms % (every * 1000) === 0, sizes: [size, size] }));
  return bytes(...parts);
}

function source(all: Bytes): ByteSource & { asked: number } {
  return {
    size: all.length,
    asked: 0,
    async read(from, to) {
      this.asked += to - from;
      return all.slice(from, to);
    },
  };
}

/** All that a decoder is given of a file from a place on. */
async function given(track: TrackFile, from?: number) {
  const first = await track.init();
  const parts: Bytes[] = [first.bytes];
  const runs = [];
  let at = from ?? first.bytes.length;
  for (let n = 0; at < track.size; n++) {
    if (n > 10_000) throw new Error("no end");
    const piece = await track.piece(at);
    expect(piece.next).toBeGreaterThan(at);
    parts.push(piece.bytes);
    runs.push(...piece.runs);
    at = piece.next;
  }
  return { bytes: joined(parts), runs };
}

const opened = (all: Bytes): Container => {
  const found = mp4(all, 2_000);
  if (!found) throw new Error("not opened");
  return found;
};

/** The tables of a file: time and duration of each picture, in ticks, and its bytes. */
function pictures(all: Bytes) {
  const view = new DataView(all.buffer, all.byteOffset);
  const found: Array<{ at: number; lasts: number; bytes: string }> = [];
  for (let at = 0; at < all.length; at += view.getUint32(at)) {
    if (String.fromCharCode(...all.subarray(at + 4, at + 8)) !== "moof") continue;
    // mfhd, traf; tfhd has a fixed size, tfdt is of eight bytes.
    const tfhd = at + 8 + 16 + 8;
    const tfdt = tfhd + view.getUint32(tfhd);
    const trun = tfdt + 20;
    const flags = view.getUint32(trun + 8);
    let entry = trun + 20 + (flags & 4 ? 4 : 0);
    let data = at + view.getUint32(trun + 16);
    let time = view.getUint32(tfdt + 16);
    for (let n = 0; n < view.getUint32(trun + 12); n++) {
      const lasts = flags & 0x100 ? view.getUint32(entry) : view.getUint32(tfhd + 16);
      if (flags & 0x100) entry += 4;
      const size = flags & 0x200 ? view.getUint32(entry) : view.getUint32(tfhd + 20);
      if (flags & 0x200) entry += 4;
      if (flags & 0x400) entry += 4;
      found.push({ at: time, lasts, bytes: all.subarray(data, data + size).join() });
      time += lasts;
      data += size;
    }
  }
  return found;
}

describe("a track in H.264 as the recorder wrote it", () => {
  const all: Bytes = Uint8Array.from(readFileSync(new URL("../dev/camera.mp4", import.meta.url)));

  it("tells its codec and where it has key frames", async () => {
    const track = new TrackFile(source(all));
    expect((await track.init()).codec).toMatch(/^avc1\.42C0[0-9A-F]{2}$/);
    const { runs } = await given(track);
    expect(runs).toEqual(opened(all).runs(all, 0));
    const keys = runs.flatMap((run) => (run.keyMs === null ? [] : [Math.round(run.keyMs)]));
    expect(keys).toEqual([900, 2_900, 5_900, 6_980, 8_980, 10_980]);
    expect(await track.firstMs()).toBe(900);
  });

  it("is given to a decoder whole, and each picture lasts until the next one", async () => {
    const before = pictures(all);
    const after = pictures((await given(new TrackFile(source(all)))).bytes);
    expect(before).toHaveLength(252);
    expect(after.map((p) => [p.at, p.bytes])).toEqual(before.map((p) => [p.at, p.bytes]));
    const holes = (list: typeof after) =>
      list.filter((p, n) => n + 1 < list.length && list[n + 1]?.at !== p.at + p.lasts);
    // The camera stood still from 3.86 to 4.9 s: of that the file says nothing.
    expect(holes(before).map((p) => Math.round(p.at / 90))).toEqual([3_860]);
    expect(holes(after)).toEqual([]);
    expect(after.at(-1)?.lasts).toBe(2 * 90_000);
  });

  it("no picture of a camera lasts over a long pause, and one of a screen does", async () => {
    const two = bytes(...movie(), fragment({ ms: 0, key: true }), fragment({ ms: 30_000 }));
    const lasts = async (ms: number) =>
      pictures((await given(new TrackFile(source(two), ms))).bytes).map((p) => p.lasts / 90);
    expect(await lasts(2_000)).toEqual([40, 2_000, 40, 2_000]);
    expect(await lasts(60_000)).toEqual([40, 29_960, 40, 60_000]);
  });

  it("of a screen the last picture lasts as long as the part", async () => {
    const after = pictures((await given(new TrackFile(source(all), 60_000))).bytes);
    expect(after.at(-1)?.lasts).toBe(60_000 * 90);
    expect(pictures((await given(new TrackFile(source(all), 1e12))).bytes).at(-1)?.lasts).toBe(0xffffffff);
  });

  it("cut anywhere gives what came before, and never hangs", async () => {
    const whole = pictures(all);
    for (let n = opened(all).length; n < all.length; n += 97) {
      const cut = all.slice(0, n);
      const track = new TrackFile(source(cut));
      const { bytes: some, runs } = await given(track);
      expect(runs.length).toBeLessThanOrEqual(opened(all).runs(all, 0).length);
      const got = pictures(some);
      // Nothing is half a picture: a decoder that goes elsewhere would take what comes then for the rest.
      const same = whole.slice(0, got.length);
      expect(got.map((p) => [p.at, p.bytes])).toEqual(same.map((p) => [p.at, p.bytes]));
      expect(await track.locate(11_000)).toBeLessThanOrEqual(n);
    }
    for (let n = 0; n < opened(all).length; n += 3)
      await expect(new TrackFile(source(all.slice(0, n))).init()).rejects.toBeInstanceOf(NotMedia);
  });

  it("with any one byte of its tables changed is read to an end or refused", async () => {
    const begin = all.slice(0, 8_000);
    for (let at = 0; at < 1_000; at++) {
      for (const value of [0, 7, 0xff]) {
        const changed = begin.slice();
        changed[at] = value;
        const track = new TrackFile(source(changed));
        try {
          await given(track);
          await track.locate(5_000);
        } catch (error) {
          expect(error).toBeInstanceOf(NotMedia);
        }
      }
    }
  });
});

describe("mp4", () => {
  it("starts a decoder at the last key frame at or before the moment, for every moment", async () => {
    const all = film(700, 5, 900);
    expect(all.length).toBeGreaterThan(2_000_000);
    const from = source(all);
    const track = new TrackFile(from);
    const list = opened(all).runs(all, 0);
    expect(list).toHaveLength(1_400);
    for (const ms of [0, 1, 4_999, 5_000, 5_400, 123_456, 350_000, 699_999, 10_000_000]) {
      const expected = list.filter((run) => run.keyMs !== null && run.keyMs <= ms).at(-1);
      from.asked = 0;
      expect(await track.locate(ms), `at ${ms}`).toBe(expected?.offset);
      expect(from.asked).toBeLessThan(all.length / 2);
    }
  });

  it("fetches each byte once while it plays on", async () => {
    const all = film(700, 5, 900);
    const from = source(all);
    const track = new TrackFile(from);
    await track.init();
    const before = from.asked;
    expect((await given(track)).runs).toHaveLength(1_400);
    expect(from.asked - before).toBeLessThan(all.length + 300_000);
  });

  it("gives a fragment longer than a piece in one, and lengths that its table has", async () => {
    const long = fragment({ ms: 0, key: true, sizes: [400_000, 300_000], durations: true });
    const { bytes: some } = await given(new TrackFile(source(bytes(...movie(), long))));
    const [first, last] = pictures(some);
    expect([first?.lasts, last?.lasts]).toEqual([3_600, 180_000]);
    expect(last?.bytes.length).toBe(300_000 * 2 - 1);
  });

  it("passes over what is for no decoder, an index included", async () => {
    const beside = ["styp", "sidx", "free", "uuid"].map((name) => box(name, zeros(40)));
    const mfra = box("mfra", box("mfro", zeros(8)));
    const two = [fragment({ ms: 0, key: true }), fragment({ ms: 500 })];
    const all = bytes(...movie(), ...beside, two[0] ?? [], box("skip", zeros(100_000)), two[1] ?? [], mfra);
    const { bytes: some, runs } = await given(new TrackFile(source(all)));
    expect(runs.map((run) => run.timeMs)).toEqual([0, 500]);
    const clean = await given(new TrackFile(source(bytes(...movie(), ...two))));
    expect(some).toEqual(clean.bytes);
  });

  it("is not fooled by the name of a fragment inside a picture", () => {
    const fill = [...box("moof", box("mfhd", u32(0), u32(1)), box("traf", zeros(60))), ...text("mdat")];
    const all = bytes(...movie(), fragment({ ms: 7_000, fill }), fragment({ ms: 7_500 }));
    expect(
      opened(all)
        .runs(all, 0)
        .map((run) => run.timeMs),
    ).toEqual([7_000, 7_500]);
  });

  it("refuses a movie that is none of ours", () => {
    for (const odd of [
      { tracks: 2 },
      { tracks: 0 },
      { tracks: 40 },
      { config: [] },
      { config: [1, 0x42] },
      { config: [9, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0] },
      { scale: 0 },
    ])
      expect(
        mp4(bytes(...movie(odd), fragment({ ms: 0, key: true })), 2_000),
        JSON.stringify(odd),
      ).toBeNull();
    expect(mp4(bytes(movie()[1] ?? []), 2_000)).toBeNull();
    expect(mp4(new Uint8Array(0), 2_000)).toBeNull();
  });

  it("plays what comes before a damaged place, and says that it goes no further", async () => {
    const good = fragment({ ms: 0, key: true });
    const bad: Record<string, number[]> = {
      zeros: zeros(4_000),
      noise: Array.from({ length: 4_000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 0xff),
      "a size that cannot be": [...u32(3), ...text("free"), ...zeros(40)],
      "a size of 64 bits that cannot be": [...u32(1), ...text("free"), ...zeros(8)],
      "another track": fragment({ ms: 500, track: 2 }),
      "pictures without end": fragment({ ms: 500, count: 0xffffffff }),
      "no pictures": fragment({ ms: 500, count: 0, sizes: [] }),
      "more pictures than the table has": fragment({ ms: 500, count: 3 }),
      "pictures elsewhere": fragment({ ms: 500, offset: 8 }),
      "pictures that end early": fragment({ ms: 500, mdat: 400 }),
      "4 GB": fragment({ ms: 500, mdat: 0xffffffff, sizes: [300] }),
      "a table without end": [...u32(0xfffffff0), ...text("moof"), ...zeros(4_000)],
      "a table within bytes": [...u32(40), ...text("moof"), ...u32(0), ...text("mfhd"), ...zeros(4_000)],
    };
    for (const [name, damage] of Object.entries(bad)) {
      const track = new TrackFile(source(bytes(...movie(), good, damage, zeros(100))));
      const first = (await track.init()).bytes.length;
      const piece = await track.piece(first);
      expect(
        piece.runs.map((run) => run.timeMs),
        name,
      ).toEqual([0]);
      expect(piece.next, name).toBe(first + good.length);
      await expect(track.piece(piece.next), name).rejects.toBeInstanceOf(NotMedia);
    }
  });

  /** A file of 3 GB that goes on with zeros. */
  function endless(begin: Bytes): ByteSource & { asked: number } {
    return {
      size: 3_000_000_000,
      asked: 0,
      async read(from, to) {
        const out = new Uint8Array(to - from);
        this.asked += out.length;
        if (from < begin.length) out.set(begin.subarray(from, to));
        return out;
      },
    };
  }

  it("does not look for fragments without end", async () => {
    const head = bytes(...movie());
    const from = endless(head);
    const track = new TrackFile(from);
    await expect(track.locate(60_000)).rejects.toBeInstanceOf(NotMedia);
    await expect(track.piece(head.length)).rejects.toBeInstanceOf(NotMedia);
    expect(from.asked).toBeLessThan(200_000_000);
  });

  it("does not fetch what it passes over", async () => {
    for (const size of [0, 2_000_000_000]) {
      const begin = movie();
      const head = bytes(...begin).length;
      const from = endless(bytes(...begin, fragment({ ms: 0, key: true }), [...u32(size), ...text("free")]));
      const track = new TrackFile(from);
      await track.init();
      const { runs, next } = await track.piece(head);
      expect(runs).toHaveLength(1);
      expect(next).toBeGreaterThan(1_999_999_999);
      expect(from.asked).toBeLessThan(1_000_000);
    }
  });
});
