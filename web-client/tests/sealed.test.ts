import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { comparedSource } from "../src/core/compared";
import { fetchList, SealCheck } from "../src/core/seal-check";
import {
  browserDigest,
  type Digest,
  digestIn,
  hex,
  NotSealed,
  type Pieces,
  readLedger,
  TooLong,
} from "../src/core/sealed";
import { type ByteSource, TrackFile } from "../src/core/track-file";
import { clusters } from "../src/core/webm";
import { file, source } from "./webm-file";

const digest = browserDigest() as Digest;
const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const text = (written: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(written);
const HEADER = "seq\tfile\toffset\tbytes\tsha256\tchain\n";
const JUDGE = "segment-001/judge-microphone.webm";
const RECORDING = "00000000-0000-7000-8000-000000000902";

/** The ledger of files that are cut where told, in turn, as a recorder writes them. */
function ledgerOf(files: Record<string, { all: Uint8Array; cuts: number[] }>): string {
  let chain: Uint8Array = new Uint8Array(32);
  let lines = HEADER;
  let seq = 0;
  const longest = Math.max(...Object.values(files).map(({ cuts }) => cuts.length));
  for (let i = 1; i < longest; i++)
    for (const [name, { all, cuts }] of Object.entries(files)) {
      const [from, to] = [cuts[i - 1] ?? 0, cuts[i] ?? 0];
      if (to <= from) continue;
      const own = sha256(all.slice(from, to));
      chain = sha256(chain, own);
      lines += `${seq++}\t${name}\t${from}\t${to - from}\t${hex(own)}\t${hex(chain)}\n`;
    }
  return lines;
}

/** Cut at every second cluster; the head goes with the first piece. */
function cutsOf(all: Uint8Array): number[] {
  const found = clusters(all, 0).map((c) => c.offset);
  return [0, ...found.filter((_, i) => i > 0 && i % 2 === 0), all.length];
}

const tracks = new Set([JUDGE, "b"]);
const read = (ledger: string) => readLedger(text(ledger), tracks, digest);

describe("the sealed ledger", () => {
  const all = file(9, 3);
  const ledger = ledgerOf({ [JUDGE]: { all, cuts: cutsOf(all) }, b: { all, cuts: [0, 7, all.length] } });

  it("tells which piece every byte lies in, and what was sealed of it", async () => {
    const { files, count, torn } = await read(ledger);
    const pieces = files.get(JUDGE) as Pieces;
    expect([count, torn, pieces.count, pieces.end]).toEqual([7, 0, 5, all.length]);
    const cuts = cutsOf(all);
    for (const byte of [0, 1, (cuts[1] ?? 0) - 1, cuts[1] ?? 0, all.length - 1])
      expect(pieces.at(byte), `${byte}`).toBe(cuts.findLastIndex((cut) => cut <= byte));
    expect(hex(pieces.sha256(1))).toBe(hex(sha256(all.slice(cuts[1], cuts[2]))));
  });

  it("passes over what a crash tore, and counts it", async () => {
    const lines = ledger.split("\n");
    const torn = [...lines.slice(0, 3), "2\tsegment-001/jud", ...lines.slice(3)].join("\n");
    expect((await read(torn)).torn).toBe(1);
    expect((await read(ledger.trimEnd())).count).toBe(7);
  });

  it("is refused when anything in it does not follow", async () => {
    const lines = ledger.trimEnd().split("\n");
    const without = [...lines.slice(0, 3), ...lines.slice(4)].join("\n");
    const swapped = [lines[0], lines[2], lines[1], ...lines.slice(3)].join("\n");
    const other = hex(sha256(text("other")));
    const first = lines[1]?.split("\t")[4] ?? "";
    for (const bad of [
      without,
      swapped,
      ledger.replace(first, other),
      ledger.replaceAll(JUDGE, "c"),
      "",
      "seq\n",
    ])
      await expect(read(bad)).rejects.toThrow(NotSealed);
    // Each link is looked at, the last as well.
    const chain = ledger.trimEnd().slice(-64);
    await expect(read(ledger.replace(chain, other))).rejects.toThrow(NotSealed);
  });

  it("of a hundred thousand pieces is read", async () => {
    const one = { all: new Uint8Array(100_000), cuts: Array.from({ length: 100_001 }, (_, i) => i) };
    const { count } = await read(ledgerOf({ b: one }));
    expect(count).toBe(100_000);
  });

  it("is named by its manifest exactly once", () => {
    const line = `${"a".repeat(64)}  data/x/fragments.tsv\n`;
    expect(digestIn(line, "data/x/fragments.tsv")).toBe("a".repeat(64));
    for (const bad of ["", line + line, line.replace("x/", "y/"), line.replace("  data", " data")])
      expect(() => digestIn(bad, "data/x/fragments.tsv")).toThrow(NotSealed);
  });
});

describe("a file that is compared as it is read", () => {
  const all = file(60, 5);
  const cuts = cutsOf(all);
  const made = async (served: Uint8Array<ArrayBuffer>) => {
    const { files } = await read(ledgerOf({ [JUDGE]: { all, cuts } }));
    const seen: Array<[number, boolean]> = [];
    const bare: string[] = [];
    const inner = source(served);
    const compared = comparedSource(inner, {
      pieces: async () => files.get(JUDGE) ?? null,
      digest,
      onPiece: (index, same) => seen.push([index, same]),
      onBare: (why) => bare.push(why),
    });
    return { compared, seen, bare, inner };
  };

  it("is given out as it is, whatever is asked for", async () => {
    const { compared, seen, bare } = await made(all);
    for (const [from, to] of [
      [0, 10],
      [5, all.length],
      [7000, 7001],
      [all.length - 3, all.length + 100],
      [9, 9],
    ] as const)
      expect(await compared.read(from, to)).toEqual(all.slice(from, to));
    expect(seen.every(([, same]) => same)).toBe(true);
    expect(new Set(seen.map(([index]) => index)).size).toBe(cuts.length - 1);
    expect(bare).toEqual([]);
  });

  it("read on and on costs each piece once", async () => {
    const { compared, seen, inner } = await made(all);
    for (let at = 0; at < all.length; at += 5_000) await compared.read(at, at + 5_000);
    expect(seen.map(([index]) => index)).toEqual(cuts.slice(1).map((_, i) => i));
    expect(inner.asked).toBe(all.length);
  });

  it("plays as it did before", async () => {
    const { compared } = await made(all);
    const [track, plain] = [new TrackFile(compared), new TrackFile(source(all))];
    expect(await track.init()).toEqual(await plain.init());
    const at = await track.locate(31_000);
    expect(at).toBe(await plain.locate(31_000));
    expect(await track.piece(at)).toEqual(await plain.piece(at));
  });

  it("is found out by any one byte, and only in its piece", async () => {
    for (const byte of [0, 40, (cuts[3] ?? 0) - 1, cuts[3] ?? 0, all.length - 1]) {
      const changed = all.slice();
      changed[byte] = (changed[byte] ?? 0) ^ 1;
      const { compared, seen } = await made(changed);
      await compared.read(0, all.length);
      const wrong = seen.filter(([, same]) => !same).map(([index]) => index);
      expect(wrong, `${byte}`).toEqual([cuts.findLastIndex((cut) => cut <= byte)]);
    }
  });

  it("that was cut short differs where it ends", async () => {
    const cut = all.slice(0, (cuts[4] ?? 0) + 9);
    const { compared, seen } = await made(cut);
    const whole: ByteSource = { ...compared, size: all.length };
    expect(await whole.read(0, all.length)).toEqual(cut);
    expect(seen.find(([, same]) => !same)?.[0]).toBe(4);
  });

  it("says what lies in no piece", async () => {
    const more = new Uint8Array(all.length + 5);
    more.set(all);
    const { compared, seen, bare } = await made(more);
    expect(await compared.read(all.length - 5, more.length)).toEqual(more.slice(all.length - 5));
    expect([seen.every(([, same]) => same), bare]).toEqual([true, ["no_piece"]]);
  });
});

describe("the check of a recording", () => {
  const all = file(60, 5);
  const ledger = ledgerOf({ [JUDGE]: { all, cuts: cutsOf(all) } });
  const manifest = `${hex(sha256(text(ledger)))}  data/${RECORDING}/fragments.tsv\n`;
  const expected = {
    recording: RECORDING,
    manifestSha256: hex(sha256(text(manifest))),
    tracks: new Set([JUDGE]),
  };
  const lists = { manifest: async () => text(manifest), ledger: async () => text(ledger) };
  const settled = () => new Promise((done) => setTimeout(done));

  it("counts each piece once, and never more than there are", async () => {
    const check = new SealCheck(lists, expected, digest);
    expect([check.basis.value, check.same.value]).toEqual(["loading", 0]);
    const compared = check.source(JUDGE, source(all));
    await compared.read(0, all.length);
    await compared.read(0, 9_000);
    await settled();
    expect([check.basis.value, check.same.value, check.total.value]).toEqual(["ready", 30, 30]);
    expect([check.differing.value, check.before.value, check.outside.value]).toEqual([[], false, []]);
  });

  it("finds a byte that was changed, from the right second", async () => {
    // In the sound of the 21st second, which the piece from 20 to 22 s holds.
    const at = (clusters(all, 0)[20]?.offset ?? 0) + 700;
    const changed = all.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x80;
    const check = new SealCheck(lists, expected, digest);
    await check.source(JUDGE, source(changed)).read(0, all.length);
    await expect
      .poll(() => check.differing.value)
      .toEqual([{ file: JUDGE, first: 10, last: 10, fromMs: 20_000, toMs: 22_000 }]);
    expect(check.same.value).toBe(29);
    // Another reading that is as it should be takes nothing back.
    await check.source(JUDGE, source(all)).read(0, all.length);
    await settled();
    expect([check.differing.value.length, check.same.value]).toEqual([1, 29]);
  });

  it("believes no time that a changed piece says of itself, and joins what follows", async () => {
    const changed = all.slice();
    for (const second of [20, 22]) {
      // Its time, in the head of the cluster: some minutes later.
      const at = (clusters(all, 0)[second]?.offset ?? 0) + 9;
      expect(changed[at - 3]).toBe(0xe7);
      changed[at] = 9;
    }
    const check = new SealCheck(lists, expected, digest);
    await check.source(JUDGE, source(changed)).read(0, all.length);
    await expect.poll(() => check.differing.value[0]?.toMs).toBe(24_000);
    expect(check.differing.value).toEqual([
      { file: JUDGE, first: 10, last: 11, fromMs: 19_000, toMs: 24_000 },
    ]);
  });

  it("plays on before the list is there when somebody will not wait, and compares from then on", async () => {
    let come: (bytes: Uint8Array<ArrayBuffer>) => void = () => undefined;
    const late = new Promise<Uint8Array<ArrayBuffer>>((done) => {
      come = done;
    });
    let told = (_bytes: number, _total: number | null) => undefined as unknown;
    const slow = {
      ...lists,
      ledger: (onArrived: typeof told) => {
        told = onArrived;
        return late;
      },
    };
    const check = new SealCheck(slow, expected, digest);
    const compared = check.source(JUDGE, source(all));
    const first = compared.read(0, 100);
    await expect.poll(() => told(5, 20)).toBeUndefined();
    await settled();
    told(7, 20);
    expect(check.arrived.value).toEqual({ bytes: 7, total: 20 });
    check.goOn();
    expect(await first).toEqual(all.slice(0, 100));
    expect([check.basis.value, check.before.value, check.same.value]).toEqual(["loading", true, 0]);
    come(text(ledger));
    await expect.poll(() => check.basis.value).toBe("ready");
    await compared.read(0, all.length);
    await settled();
    // Each piece that is read now is compared; that some was given out before stays said.
    expect([check.before.value, check.same.value, check.total.value]).toEqual([true, 30, 30]);
  });

  it("takes no lists but those of the seal", async () => {
    const other = ledger.replace("\t", "\t0");
    for (const bad of [
      { ...lists, manifest: async () => text(`${manifest}\n`) },
      { ...lists, ledger: async () => text(other) },
      { ...lists, ledger: async () => text(`${ledger}torn`) },
    ]) {
      const check = new SealCheck(bad, expected, digest);
      const compared = check.source(JUDGE, source(all));
      // It plays on; that nothing is compared is said.
      expect(await compared.read(0, 100)).toEqual(all.slice(0, 100));
      expect([check.basis.value, check.same.value]).toEqual(["not_sealed", 0]);
    }
  });

  it("claims nothing without hashes, without lists, or of lists that are too long", async () => {
    expect(browserDigest({})).toBeNull();
    const none = new SealCheck(lists, expected, null);
    await none.source(JUDGE, source(all)).read(0, all.length);
    expect([none.basis.value, none.same.value]).toEqual(["no_digest", 0]);
    const long = new SealCheck(
      { ...lists, ledger: () => Promise.reject(new TooLong("long")) },
      expected,
      digest,
    );
    await long.source(JUDGE, source(all)).read(0, 100);
    expect([long.basis.value, long.same.value]).toEqual(["too_long", 0]);
  });

  it("tries again what could not be fetched, and says what it missed meanwhile", async () => {
    let fails = true;
    let asked = 0;
    const manifestNow = async () => {
      asked++;
      if (fails) throw new Error("HTTP 503");
      return text(manifest);
    };
    let now = 0;
    const check = new SealCheck({ ...lists, manifest: manifestNow }, expected, digest, () => now);
    const compared = check.source(JUDGE, source(all));
    await compared.read(0, 100);
    await compared.read(100, 200);
    expect([check.basis.value, check.before.value, asked]).toEqual(["unreachable", true, 1]);
    fails = false;
    now = 1_000;
    await compared.read(200, 300);
    await settled();
    expect([check.basis.value, check.before.value, check.same.value, asked]).toEqual(["ready", true, 1, 2]);
  });
});

describe("a list of the server", () => {
  const address = { now: async () => "/list", refused: () => undefined };
  it("is fetched whole, and never more of it than the page can hold", async () => {
    const served =
      (body: string, status = 200) =>
      async () =>
        new Response(body, { status });
    const arrived: Array<[number, number | null]> = [];
    const list = fetchList(address, 5, served("12345"), (bytes, total) => arrived.push([bytes, total]));
    expect(await list).toEqual(text("12345"));
    expect(arrived).toEqual([[5, null]]);
    await expect(fetchList(address, 4, served("12345"))).rejects.toThrow(TooLong);
    await expect(fetchList(address, 9, served("", 503))).rejects.toThrow("503");
    let told = "";
    const refusing = { ...address, refused: (at: string) => (told = at) };
    await expect(fetchList(refusing, 9, served("", 404))).rejects.toThrow("404");
    expect(told).toBe("/list");
  });
});
