/**
 * The little of fragmented MP4 (ISO/IEC 14496-12) that playing in pieces needs, as the recorder writes it for H.264: one
 * track, and fragments of one table (`moof`) with its pictures (`mdat`) behind it. It is written live and has no index;
 * one that had (`sidx`, `mfra`) would be passed over: a place in time is found by looking at fragments.
 *
 * Nothing that a file says is believed beyond its bytes and the bounds below.
 */

import { type Container, joined, NotMedia, type Piece, type Run } from "./container";

const code = (name: string): number => [...name].reduce((all, c) => all * 256 + c.charCodeAt(0), 0);
const FTYP = code("ftyp");
const MOOV = code("moov");
const MOOF = code("moof");
const MFHD = code("mfhd");
const MDAT = code("mdat");
/** Between fragments these are for no decoder. */
const PASSED_OVER = ["free", "skip", "styp", "sidx", "mfra", "uuid"].map(code);

/** In one box. A box of ours holds a handful. */
const CHILDREN_MAX = 16;
/** In one fragment: half a second, and never more pictures than 100 in a second. */
const PICTURES_MAX = 1_024;
const TABLE_BYTES_MAX = PICTURES_MAX * 16 + 512;
/** Half a second, or one picture: the recorder takes none above 8 MiB. */
const FRAGMENT_BYTES_MAX = 32 * 1024 * 1024;

/** Bits of `trun` and `tfhd`. */
const RUN_OFFSET = 0x1;
const RUN_FIRST_FLAGS = 0x4;
const RUN_DURATIONS = 0x100;
const RUN_SIZES = 0x200;
const RUN_FLAGS = 0x400;
const RUN_SHIFTS = 0x800;
const HEAD_BASE = 0x1;
const HEAD_DESCRIPTION = 0x2;
const HEAD_DURATION = 0x8;
const HEAD_SIZE = 0x10;
const HEAD_FLAGS = 0x20;
const HEAD_FROM_MOOF = 0x20000;
/** Of a picture: it needs another. */
const NOT_KEY = 0x10000;

interface Box {
  type: number;
  at: number;
  /** Where the content begins. */
  start: number;
  /** Where it ends; infinite for one that goes to the end of the file, before `start` for one that cannot be. */
  end: number;
}

/** 0 beyond the bytes. */
function u32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (bytes[at] ?? 0) * 0x1000000 + low;
}

/** The box that begins at `at`; null when the bytes do not hold its whole head. */
function box(bytes: Uint8Array, at: number): Box | null {
  if (at + 8 > bytes.length) return null;
  const [size, type] = [u32(bytes, at), u32(bytes, at + 4)];
  if (size === 0) return { type, at, start: at + 8, end: Number.POSITIVE_INFINITY };
  if (size !== 1) return { type, at, start: at + 8, end: at + size };
  if (at + 16 > bytes.length) return null;
  return { type, at, start: at + 16, end: at + u32(bytes, at + 8) * 2 ** 32 + u32(bytes, at + 12) };
}

/** What fills these bytes, box by box; null where they are filled with something else, or with too many. */
function inside(bytes: Uint8Array, from: number, to: number): Box[] | null {
  const found: Box[] = [];
  for (let at = from; at < to; ) {
    const one = box(bytes, at);
    if (!one || one.end < one.start || one.end > to || found.length === CHILDREN_MAX) return null;
    found.push(one);
    at = one.end;
  }
  return found;
}

/** The box at the end of a path of names, each the only one of its name. */
function within(bytes: Uint8Array, outer: Box, ...path: string[]): Box | null {
  let at: Box = outer;
  for (const name of path) {
    const found = inside(bytes, at.start, at.end)?.filter((one) => one.type === code(name)) ?? [];
    const [one] = found;
    if (!one || found.length > 1) return null;
    at = one;
  }
  return at;
}

/** What the head says of the one track. */
interface Track {
  id: number;
  /** Ticks of a second. */
  scale: number;
  defaults: Defaults;
}

/** Of a picture of which the table does not say it. */
interface Defaults {
  duration: number;
  size: number;
  flags: number;
}

/** Head of the list of codecs, and of a picture's entry in it. */
const LIST_HEAD = 8;
const ENTRY_HEAD = 78;

/** The track and its codec; null in a movie that is none of ours. */
function trackOf(bytes: Uint8Array, moov: Box): { track: Track; codec: string } | null {
  const [head, times, list, extends_] = [
    within(bytes, moov, "trak", "tkhd"),
    within(bytes, moov, "trak", "mdia", "mdhd"),
    within(bytes, moov, "trak", "mdia", "minf", "stbl", "stsd"),
    within(bytes, moov, "mvex", "trex"),
  ];
  if (!head || !times || !list || !extends_) return null;
  const id = u32(bytes, head.start + (bytes[head.start] === 1 ? 20 : 12));
  const scale = u32(bytes, times.start + (bytes[times.start] === 1 ? 20 : 12));
  const entry = within(bytes, { ...list, start: list.start + LIST_HEAD }, "avc1");
  const config = entry && within(bytes, { ...entry, start: entry.start + ENTRY_HEAD }, "avcC");
  if (!config || config.end - config.start < 7 || bytes[config.start] !== 1 || scale === 0) return null;
  const profile = [...bytes.subarray(config.start + 1, config.start + 4)];
  const codec = `avc1.${profile.map((b) => b.toString(16).padStart(2, "0").toUpperCase()).join("")}`;
  const [duration, size, flags] = [12, 16, 20].map((at) => u32(bytes, extends_.start + at));
  const defaults = { duration: duration ?? 0, size: size ?? 0, flags: flags ?? 0 };
  return { track: { id, scale, defaults }, codec };
}

/** A fragment within some bytes, at which all places are counted. */
interface Fragment {
  at: number;
  /** When its first picture is shown, in ticks. */
  time: number;
  /** Where its pictures begin. */
  media: number;
  /** Where its pictures end, which may be beyond the bytes. */
  end: number;
  timeMs: number;
  keyMs: number | null;
  traf: Box;
  table: Table;
}

/** A fragment's pictures, entry by entry. */
interface Table {
  box: Box;
  flags: number;
  count: number;
  /** Where the entries begin, and the bytes of one. */
  start: number;
  entry: number;
  defaults: Defaults;
}

/** The table of a `trun`; null where it does not have the size that it says. */
function tableOf(bytes: Uint8Array, trun: Box, defaults: Defaults): Table | null {
  const [flags, count] = [u32(bytes, trun.start) & 0xffffff, u32(bytes, trun.start + 4)];
  const fields = [RUN_DURATIONS, RUN_SIZES, RUN_FLAGS, RUN_SHIFTS].filter((bit) => flags & bit);
  const start = trun.start + 12 + (flags & RUN_FIRST_FLAGS ? 4 : 0);
  const entry = fields.length * 4;
  if (!(flags & RUN_OFFSET) || count === 0 || count > PICTURES_MAX) return null;
  return start + count * entry === trun.end ? { box: trun, flags, count, start, entry, defaults } : null;
}

/** What a `tfhd` says in place of the head; null where it is of another track or counts places from elsewhere. */
function defaultsOf(bytes: Uint8Array, tfhd: Box, track: Track): Defaults | null {
  const flags = u32(bytes, tfhd.start) & 0xffffff;
  if (u32(bytes, tfhd.start + 4) !== track.id || flags & HEAD_BASE || !(flags & HEAD_FROM_MOOF)) return null;
  let at = tfhd.start + 8 + (flags & HEAD_DESCRIPTION ? 4 : 0);
  const next = (bit: number, otherwise: number): number => {
    if (!(flags & bit)) return otherwise;
    at += 4;
    return u32(bytes, at - 4);
  };
  const duration = next(HEAD_DURATION, track.defaults.duration);
  const size = next(HEAD_SIZE, track.defaults.size);
  const said = { duration, size, flags: next(HEAD_FLAGS, track.defaults.flags) };
  return at <= tfhd.end ? said : null;
}

/** The fragment that begins at `at`; null where none of ours does; a number: so many bytes are needed to tell. */
function fragmentAt(bytes: Uint8Array, at: number, track: Track): Fragment | number | null {
  const moof = box(bytes, at);
  if (!moof) return 16;
  if (moof.type !== MOOF || moof.end < moof.start || moof.end - at > TABLE_BYTES_MAX) return null;
  if (moof.end + 8 > bytes.length) return moof.end + 8 - at;
  const mdat = box(bytes, moof.end);
  if (mdat?.type !== MDAT || mdat.end < mdat.start || mdat.end - at > FRAGMENT_BYTES_MAX) return null;
  const traf = within(bytes, moof, "traf");
  const parts = ["tfhd", "tfdt", "trun"].map((name) => traf && within(bytes, traf, name));
  const [tfhd, tfdt, trun] = parts;
  if (!traf || !tfhd || !tfdt || !trun) return null;
  const defaults = defaultsOf(bytes, tfhd, track);
  const table = defaults && tableOf(bytes, trun, defaults);
  // The pictures follow the table at once, and are all that follows.
  if (!table || u32(bytes, trun.start + 8) !== mdat.start - at) return null;
  const long = bytes[tfdt.start] === 1;
  let time = u32(bytes, tfdt.start + 4);
  if (long) time = time * 2 ** 32 + u32(bytes, tfdt.start + 8);
  const ms = (ticks: number) => (ticks * 1000) / track.scale;
  const first = time;
  let keyMs: number | null = null;
  let left = mdat.end - mdat.start;
  for (let n = 0; n < table.count; n++) {
    const { duration, size, flags, shift } = picture(bytes, table, n);
    left -= size;
    if (keyMs === null && !(flags & NOT_KEY)) keyMs = ms(time + shift);
    time += duration;
  }
  return left === 0 && time <= Number.MAX_SAFE_INTEGER
    ? { at, time: first, media: mdat.start, end: mdat.end, timeMs: ms(first), keyMs, traf, table }
    : null;
}

function picture(bytes: Uint8Array, table: Table, n: number): Defaults & { shift: number } {
  const { flags: bits, defaults } = table;
  let at = table.start + n * table.entry;
  const next = (bit: number, otherwise: number): number => {
    if (!(bits & bit)) return otherwise;
    at += 4;
    return u32(bytes, at - 4);
  };
  const first = n === 0 && bits & RUN_FIRST_FLAGS ? u32(bytes, table.box.start + 12) : defaults.flags;
  const duration = next(RUN_DURATIONS, defaults.duration);
  const size = next(RUN_SIZES, defaults.size);
  const flags = next(RUN_FLAGS, first);
  return { duration, size, flags, shift: next(RUN_SHIFTS, 0) | 0 };
}

/**
 * A fragment as a decoder is given it: its last picture said to last until the next one, and `lasts` ticks at most; so long
 * also where no next one is known. The recorder ends a fragment also when nothing follows for a moment; a browser that
 * believes the length written then takes a pause for a hole, and drops all that follows up to the next key frame. Nor may it
 * be longer: a browser that is sent somewhere shows the first picture that lasts until then. Where the bytes end before the
 * fragment, it holds what pictures are whole.
 */
function lasting(bytes: Uint8Array, fragment: Fragment, lasts: number, next: Fragment | null): Uint8Array {
  const { at, media, traf, table } = fragment;
  let { time } = fragment;
  let [count, end] = [0, media];
  for (; count < table.count; count++) {
    const { size } = picture(bytes, table, count);
    if (end + size > bytes.length) break;
    end += size;
  }
  if (count === 0) return new Uint8Array(0);
  const added = table.flags & RUN_DURATIONS ? 0 : 4;
  const entry = table.entry + added;
  const growth = count * entry - table.count * table.entry;
  const out = new Uint8Array(end - at + growth);
  const view = new DataView(out.buffer);
  const start = table.start - at;
  out.set(bytes.subarray(at, table.start));
  for (let n = 0; n < count; n++) {
    const from = table.start + n * table.entry;
    const { duration } = picture(bytes, table, n);
    out.set(bytes.subarray(from, from + table.entry), start + n * entry + added);
    const until = next ? next.time - time : lasts;
    const cut = n + 1 === count && until > 0 ? Math.min(until, lasts) : duration;
    view.setUint32(start + n * entry, cut);
    time += duration;
  }
  out.set(bytes.subarray(table.box.end, end), start + count * entry);
  const trun = table.box.start - at;
  view.setUint32(trun, u32(bytes, table.box.start) | RUN_DURATIONS);
  view.setUint32(trun + 4, count);
  // The sizes of the boxes that hold the table, and the place of the first picture.
  for (const place of [0, traf.at - at, table.box.at - at, trun + 8])
    view.setUint32(place, view.getUint32(place) + growth);
  view.setUint32(media - 8 - at + growth, end - media + 8);
  return out;
}

/** Where what is for no decoder ends. */
function passedOver(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const one = box(bytes, at);
    if (!one || !PASSED_OVER.includes(one.type) || one.end < one.start) return at;
    at = one.end;
  }
}

function indexOfFragment(bytes: Uint8Array, from: number): number {
  // Its table begins with a box of sixteen bytes, by which it is told from four letters in a picture.
  for (let at = bytes.indexOf(0x6d, from + 4); at >= 0; at = bytes.indexOf(0x6d, at + 1)) {
    const told = u32(bytes, at) === MOOF && u32(bytes, at + 4) === 16 && u32(bytes, at + 8) === MFHD;
    if (told) return at - 4;
  }
  return -1;
}

/** Everything before the first fragment; null when the bytes end before it, or are no MP4 with one track in H.264. */
export function mp4(bytes: Uint8Array<ArrayBuffer>, lastsMs: number | null): Container | null {
  const first = box(bytes, 0);
  if (first?.type !== FTYP) return null;
  let moov: Box | null = first;
  while (moov && moov.type !== MOOV) moov = moov.end < moov.start ? null : box(bytes, moov.end);
  if (!moov || moov.end < moov.start || moov.end > bytes.length) return null;
  const found = trackOf(bytes, moov);
  return found && new Mp4(bytes.slice(0, moov.end), found.codec, found.track, lastsMs);
}

class Mp4 implements Container {
  readonly length: number;
  readonly knownBy = TABLE_BYTES_MAX + 8;
  private readonly lasts: number;

  constructor(
    readonly head: Uint8Array<ArrayBuffer>,
    readonly codec: string,
    private readonly track: Track,
    lastsMs: number | null,
  ) {
    this.length = head.length;
    this.lasts = Math.min(Math.round(((lastsMs ?? 0) * track.scale) / 1000), 0xffffffff);
  }

  runs(bytes: Uint8Array, base: number): Run[] {
    const found: Run[] = [];
    for (let at = indexOfFragment(bytes, 0); at >= 0; ) {
      const one = fragmentAt(bytes, at, this.track);
      const is = one !== null && typeof one !== "number";
      if (is) found.push({ offset: base + at, timeMs: one.timeMs, keyMs: one.keyMs });
      at = indexOfFragment(bytes, is ? one.end : at + 8);
    }
    return found;
  }

  piece(bytes: Uint8Array<ArrayBuffer>, base: number, last: boolean): Piece {
    const parts: Uint8Array[] = [];
    const runs: Run[] = [];
    let [at, used, needs] = [0, 0, 0];
    /** A whole one: how long its last picture stands, the next one says. */
    let held: Fragment | null = null;
    const give = (next: Fragment | null) => {
      if (held) {
        parts.push(lasting(bytes, held, this.lasts, next));
        runs.push({ offset: base + held.at, timeMs: held.timeMs, keyMs: held.keyMs });
      }
      held = null;
      used = at;
    };
    for (;;) {
      at = passedOver(bytes, at);
      const one = at < bytes.length ? fragmentAt(bytes, at, this.track) : 16;
      if (typeof one === "number") {
        // The bytes end here. A crash may leave a table half written.
        // For what comes behind a box that is passed over and goes beyond them nothing waits.
        if (last || !held || at > bytes.length) give(null);
        if (last) used = Math.max(at, bytes.length);
        needs = at + one;
        break;
      }
      give(one);
      if (one === null) {
        // What comes before the damage is played.
        if (used === 0) throw new NotMedia("not a fragment of MP4");
        break;
      }
      needs = one.end;
      if (one.end > bytes.length && !last) break;
      held = one;
      at = one.end;
    }
    return { bytes: joined(parts), runs, used, needs };
  }
}
