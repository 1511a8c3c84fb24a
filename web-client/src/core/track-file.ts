import { type Container, FRAME_LASTS_MS, joined, NotMedia, type Run } from "./container";
import { mp4 } from "./mp4";
import { webm } from "./webm";

/** Bytes of a file, from anywhere in it. */
export interface ByteSource {
  size: number;
  /** Bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same, for bytes that are only looked at to find a place and given to nobody. */
  look?(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

const HEAD_BYTES = 16 * 1024;
const HEAD_BYTES_MAX = 1024 * 1024;
const WINDOW = 64 * 1024;
/** Below this, reading it all is quicker than halving further. */
const SMALL = 256 * 1024;
const BACK_MAX = 8 * 1024 * 1024;
const PIECE = 256 * 1024;
/** No run is as long: where none begins in so many bytes, there are none to look for. */
const RUN_BYTES_MAX = 64 * 1024 * 1024;

/** A recorded file, WebM or MP4, that is read in pieces. */
export class TrackFile {
  private known: Container | null = null;
  /** What was read last and not yet given out. */
  private rest: { offset: number; bytes: Uint8Array } | null = null;

  /** `lastsMs`: how long a picture stands if nothing follows; null for sound. */
  constructor(
    private readonly source: ByteSource,
    private readonly lastsMs: number | null = FRAME_LASTS_MS,
  ) {}

  get size(): number {
    return this.source.size;
  }

  /** What a decoder needs first, and its codec by its full name where the file tells it. */
  async init(): Promise<{ bytes: Uint8Array<ArrayBuffer>; codec: string | null }> {
    const { head, codec } = await this.opened();
    return { bytes: head, codec };
  }

  /** What a decoder takes next, from where a run or the piece before ends; `next` is where this one does. */
  async piece(offset: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; runs: Run[]; next: number }> {
    const container = await this.opened();
    let held = this.rest?.offset === offset ? this.rest.bytes : new Uint8Array(0);
    this.rest = null;
    for (let needs = 0; ; ) {
      const from = offset + held.length;
      const more = await this.read(from, Math.max(from + PIECE, offset + needs));
      const bytes = held.length > 0 ? joined([held, more]) : more;
      const last = more.length === 0 || offset + bytes.length >= this.size;
      const found = container.piece(bytes, offset, last);
      if (found.used > 0 || last) {
        const next = last && found.used === 0 ? this.size : Math.min(this.size, offset + found.used);
        this.rest = { offset: next, bytes: bytes.slice(found.used) };
        return { bytes: found.bytes, runs: found.runs, next };
      }
      held = bytes;
      needs = found.needs;
    }
  }

  /** Time of the first run; null in a file without any. */
  async firstMs(): Promise<number | null> {
    const { length } = await this.opened();
    return (await this.firstIn(length, this.size))?.timeMs ?? null;
  }

  /**
   * Offset of the run from which a decoder must be fed to show `timeMs`: the last one with a key frame at or before it; the
   * first run of the file when there is none.
   */
  async locate(timeMs: number): Promise<number> {
    const container = await this.opened();
    let low = container.length;
    let high = this.size;
    while (high - low > SMALL) {
      const middle = Math.floor((low + high) / 2);
      const run = await this.firstIn(middle, high);
      if (run && run.timeMs <= timeMs) low = run.offset;
      else high = middle;
    }
    // The run sought begins within [low, high); its key frame may lie further back.
    let end = Math.min(this.size, high + WINDOW);
    let begin = low;
    let step = SMALL;
    for (;;) {
      const found = container
        .runs(await this.look(begin, end), begin)
        .filter((run) => run.keyMs !== null && run.keyMs <= timeMs)
        .at(-1);
      if (found) return found.offset;
      if (begin <= container.length) return container.length;
      end = Math.min(this.size, begin + WINDOW);
      begin = Math.max(container.length, begin - step);
      step = Math.min(BACK_MAX, step * 2);
    }
  }

  private read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.source.read(from, Math.min(to, this.size));
  }

  private look(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const { source } = this;
    return (source.look ?? source.read).call(source, from, Math.min(to, this.size));
  }

  private async firstIn(from: number, to: number): Promise<Run | null> {
    const container = await this.opened();
    for (let at = from; at < to; at += WINDOW) {
      if (at - from > RUN_BYTES_MAX) throw new NotMedia("no cluster or fragment far and wide");
      // What lies across the border of two windows is seen in the earlier one.
      const found = container.runs(await this.look(at, at + WINDOW + container.knownBy), at)[0];
      if (found) return found;
    }
    return null;
  }

  private async opened(): Promise<Container> {
    for (let length = HEAD_BYTES; this.known === null; length *= 8) {
      const bytes = await this.read(0, length);
      this.known = webm(bytes, this.lastsMs) ?? mp4(bytes, this.lastsMs);
      if (this.known === null && (length > HEAD_BYTES_MAX || bytes.length < length))
        throw new NotMedia("neither WebM nor MP4");
    }
    return this.known;
  }
}

/** The server answered, and will not give the bytes. */
export class Refused extends Error {}

/** Where a file is to be had: its address for now, and whom to tell that an address is not taken any more. */
export interface Address {
  now: () => Promise<string>;
  refused: (address: string) => void;
}

/** Longer than a slow line needs for one piece. */
const ANSWER_MS_MAX = 60_000;
/** Answers that may be others in a moment. */
const PASSING: readonly number[] = [408, 429];

/** A file of the server, by ranges. The address may change while it is read: a ticket lives only for minutes. */
export function httpSource(address: Address, size: number, fetcher: typeof fetch = fetch): ByteSource {
  return {
    size,
    async read(from, to) {
      if (to <= from) return new Uint8Array(0);
      const at = await address.now();
      const response = await fetcher(at, {
        headers: { Range: `bytes=${from}-${to - 1}` },
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      if (response.status >= 400 && response.status < 500 && !PASSING.includes(response.status)) {
        address.refused(at);
        throw new Refused(`HTTP ${response.status}`);
      }
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      // A server that ignores ranges sends the whole file.
      return response.status === 206 ? bytes : bytes.slice(from, to);
    },
  };
}
