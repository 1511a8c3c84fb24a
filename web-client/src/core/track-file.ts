import { type Cluster, clusters, decoderHead, type Head, head } from "./webm";

/** Bytes of a file, from anywhere in it. */
export interface ByteSource {
  size: number;
  /** Bytes from `from` up to, not including, `to`. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

const HEAD_BYTES = 16 * 1024;
const HEAD_BYTES_MAX = 1024 * 1024;
const WINDOW = 64 * 1024;
/** Below this, reading it all is quicker than halving further. */
const SMALL = 256 * 1024;
const BACK_MAX = 8 * 1024 * 1024;

/** The file holds nothing that could be played. */
export class NotWebm extends Error {}

/** A recorded WebM file that is read in pieces. */
export class TrackFile {
  private known: { head: Head; bytes: Uint8Array<ArrayBuffer> } | null = null;

  constructor(private readonly source: ByteSource) {}

  get size(): number {
    return this.source.size;
  }

  /**
   * What a decoder needs first. Sound keeps its own head: its frames follow each other without a pause. `lastsMs`: how
   * long a picture stands if nothing follows.
   */
  async init(picture: boolean, lastsMs?: number): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes } = await this.opened();
    return (picture ? decoderHead(bytes, lastsMs) : null) ?? bytes;
  }

  /** The clusters that begin in these bytes, which are at `offset`. */
  async clustersIn(bytes: Uint8Array, offset: number): Promise<Cluster[]> {
    const { head: h } = await this.opened();
    return clusters(bytes, offset, h.scale);
  }

  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.source.read(from, Math.min(to, this.source.size));
  }

  /** Time of the first cluster; null in a file without any. */
  async firstMs(): Promise<number | null> {
    const { head: h } = await this.opened();
    return (await this.firstIn(h.length, this.source.size))?.timeMs ?? null;
  }

  /**
   * Offset of the cluster from which a decoder must be fed to show `timeMs`: the last one with a key frame at or
   * before it; the first cluster of the file when there is none.
   */
  async locate(timeMs: number): Promise<number> {
    const { head: h } = await this.opened();
    let low = h.length;
    let high = this.source.size;
    while (high - low > SMALL) {
      const middle = Math.floor((low + high) / 2);
      const cluster = await this.firstIn(middle, high);
      if (cluster && cluster.timeMs <= timeMs) low = cluster.offset;
      else high = middle;
    }
    // The cluster sought begins within [low, high); its key frame may lie further back.
    let end = Math.min(this.source.size, high + WINDOW);
    let begin = low;
    let step = SMALL;
    for (;;) {
      const found = clusters(await this.source.read(begin, end), begin, h.scale)
        .filter((c) => c.keyMs !== null && c.keyMs <= timeMs)
        .at(-1);
      if (found) return found.offset;
      if (begin <= h.length) return h.length;
      end = Math.min(this.source.size, begin + WINDOW);
      begin = Math.max(h.length, begin - step);
      step = Math.min(BACK_MAX, step * 2);
    }
  }

  private async firstIn(from: number, to: number): Promise<Cluster | null> {
    const { head: h } = await this.opened();
    for (let at = from; at < to; at += WINDOW) {
      // A head that lies across the border of two windows is seen in the earlier one.
      const found = clusters(await this.read(at, at + WINDOW + 64), at, h.scale)[0];
      if (found) return found;
    }
    return null;
  }

  private async opened(): Promise<{ head: Head; bytes: Uint8Array<ArrayBuffer> }> {
    for (let length = HEAD_BYTES; this.known === null; length *= 8) {
      const bytes = await this.read(0, length);
      const found = head(bytes);
      if (found) this.known = { head: found, bytes: bytes.slice(0, found.length) };
      else if (length > HEAD_BYTES_MAX || bytes.length < length)
        throw new NotWebm("not a WebM file with clusters");
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
