import { signal } from "@preact/signals";
import { comparedSource } from "./compared";
import { joined } from "./container";
import { mp4 } from "./mp4";
import { Attempts } from "./playback";
import {
  browserDigest,
  type Digest,
  type Expected,
  equal,
  type Ledger,
  type Lists,
  NotSealed,
  type OnArrived,
  type Pieces,
  sealedLedger,
  TooLong,
} from "./sealed";
import { type ByteSource, Refused } from "./track-file";
import { webm } from "./webm";

/** What the comparison can rest on. */
export type Basis =
  /** This browser computes no hashes here. */
  | "no_digest"
  | "loading"
  | "ready"
  /** The lists cannot be fetched just now. */
  | "unreachable"
  | "too_long"
  /** The lists are not the ones that were sealed. */
  | "not_sealed";

/** Pieces of a file, one after the other, that are not what was sealed. */
export interface Differing {
  file: string;
  first: number;
  last: number;
  /** From when to when in the part, in milliseconds; null while that is not known. */
  fromMs: number | null;
  toMs: number | null;
}

/** What has come of a list, in bytes. */
export interface Arrived {
  bytes: number;
  total: number | null;
}

/** More are counted and not listed: whoever sees these does not go on. */
export const LISTED_MAX = 50;

/** Compares what is played with what was sealed, and keeps what came of it. */
export class SealCheck {
  readonly basis = signal<Basis>("loading");
  /** Pieces that were compared and are what was sealed, and all there are. */
  readonly same = signal(0);
  readonly total = signal(0);
  readonly differing = signal<Differing[]>([]);
  /** Some bytes were given out before the lists were there. */
  readonly before = signal(false);
  /** Files of which some bytes that were given out are in no piece that could be compared. */
  readonly outside = signal<string[]>([]);
  /** How much of the list of what was sealed has come, in bytes, and of how much where that is known. */
  readonly arrived = signal<Arrived>({ bytes: 0, total: null });
  /** Somebody plays without waiting for the list: what is given out until it is there is not compared. */
  readonly goesOn = signal(false);
  private readonly seen = new Map<string, Uint8Array>();
  private readonly attempts = new Attempts();
  private ledger: Promise<Ledger | null> | null = null;
  private letGo: (none: null) => void = () => undefined;
  private readonly unwaited = new Promise<null>((go) => {
    this.letGo = go;
  });

  constructor(
    private readonly lists: Lists,
    private readonly expected: Expected,
    private readonly digest: Digest | null = browserDigest(),
    private readonly now: () => number = () => performance.now(),
  ) {
    if (!digest) this.basis.value = "no_digest";
  }

  /** Fetches at once what could not be fetched. */
  again(): void {
    this.attempts.again();
    void this.load();
  }

  /** Plays on without waiting for the list. What is read before it is there counts as not compared. */
  goOn(): void {
    this.goesOn.value = true;
    this.letGo(null);
  }

  /** The file, compared as it is read; as it is where nothing can be compared. */
  source(file: string, inner: ByteSource): ByteSource {
    const { digest } = this;
    if (!digest) return inner;
    return comparedSource(inner, {
      digest,
      pieces: async () => {
        // A list that is there wins, also against one who did not want to wait for it.
        const ledger = await Promise.race([this.load(), this.unwaited]);
        return ledger ? (ledger.files.get(file) ?? null) : null;
      },
      onPiece: (index, same) => void this.compared(file, inner, index, same, digest),
      onBare: (why) => {
        if (why === "no_list" && this.basis.value !== "ready") this.before.value = true;
        else if (!this.outside.value.includes(file)) this.outside.value = [...this.outside.value, file];
      },
    });
  }

  /** Whether what plays of a file at a moment is known not to be what was sealed. */
  differs(file: string, atMs: number): boolean {
    return this.differing.value.some(
      (one) =>
        one.file === file && one.fromMs !== null && atMs >= one.fromMs && atMs < (one.toMs ?? one.fromMs),
    );
  }

  private load(): Promise<Ledger | null> {
    const { digest } = this;
    if (!digest) return Promise.resolve(null);
    if (this.basis.value === "unreachable" && this.attempts.due(this.now())) this.ledger = null;
    if (!this.ledger) {
      if (this.basis.value === "unreachable") this.basis.value = "loading";
      this.ledger = this.fetch(digest);
    }
    return this.ledger;
  }

  private async fetch(digest: Digest): Promise<Ledger | null> {
    try {
      const ledger = await sealedLedger(this.lists, this.expected, digest, (bytes, total) => {
        this.arrived.value = { bytes, total };
      });
      this.attempts.succeeded();
      this.total.value = ledger.count;
      this.basis.value = "ready";
      return ledger;
    } catch (error) {
      if (error instanceof NotSealed) this.basis.value = "not_sealed";
      else if (error instanceof TooLong) this.basis.value = "too_long";
      else {
        this.attempts.failed(this.now(), error instanceof Refused);
        this.basis.value = "unreachable";
      }
      return null;
    }
  }

  /** A piece is counted once. One that differed stays so, also if another reading is as it should be. */
  private async compared(
    file: string,
    inner: ByteSource,
    index: number,
    same: boolean,
    digest: Digest,
  ): Promise<void> {
    const pieces = (await this.load())?.files.get(file);
    if (!pieces) return;
    const seen = this.seen.get(file) ?? new Uint8Array(pieces.count);
    this.seen.set(file, seen);
    const known = seen[index];
    if (known === DIFFERS || (known === SAME && same)) return;
    seen[index] = same ? SAME : DIFFERS;
    if (same) {
      this.same.value++;
      return;
    }
    if (known === SAME) this.same.value--;
    this.tell({ file, first: index, last: index, fromMs: null, toMs: null });
    const span = await spanOf(inner, pieces, index, digest).catch(() => null);
    if (span) this.tell({ file, first: index, last: index, ...span });
  }

  /** Adds to what differs; what follows on a piece that is told of becomes one with it. */
  private tell(one: Differing): void {
    const all = this.differing.value;
    const near = all.find((d) => d.file === one.file && d.first <= one.last + 1 && d.last >= one.first - 1);
    if (!near) {
      if (all.length < LISTED_MAX) this.differing.value = [...all, one];
      return;
    }
    const both: Differing = {
      file: one.file,
      first: Math.min(near.first, one.first),
      last: Math.max(near.last, one.last),
      fromMs: least(near.fromMs, one.fromMs, Math.min),
      toMs: least(near.toMs, one.toMs, Math.max),
    };
    this.differing.value = all.map((d) => (d === near ? both : d));
  }
}

const SAME = 1;
const DIFFERS = 2;

function least(a: number | null, b: number | null, of: (a: number, b: number) => number): number | null {
  return a === null ? b : b === null ? a : of(a, b);
}

/** So far to either side a piece is looked for that is as it was sealed. */
const NEIGHBOURS_MAX = 8;

/**
 * When a piece plays, in milliseconds of its part. What it says of itself is believed only where it fits the pieces before
 * and after it that are as they were sealed: it is not. `toMs` is infinite where none follows.
 */
export async function spanOf(
  source: ByteSource,
  pieces: Pieces,
  index: number,
  digest: Digest,
): Promise<{ fromMs: number; toMs: number }> {
  const read = (i: number) => source.read(pieces.start(i), pieces.start(i + 1));
  const head = await read(0);
  const container = webm(head, null) ?? mp4(head, null);
  if (!container) return { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  const times = (i: number, bytes: Uint8Array) =>
    container.runs(bytes, pieces.start(i)).map((run) => run.timeMs);
  /** The times in the next piece in a direction that is as it was sealed. */
  const beside = async (step: 1 | -1): Promise<number[]> => {
    for (let n = 1, i = index + step; n <= NEIGHBOURS_MAX && i >= 0 && i < pieces.count; n++, i += step) {
      const bytes = await read(i);
      if (equal(await digest(bytes), pieces.sha256(i))) return times(i, bytes);
    }
    return [];
  };
  const earliest = Math.max(0, (await beside(-1)).at(-1) ?? 0);
  const latest = (await beside(1))[0] ?? Number.POSITIVE_INFINITY;
  const said = times(index, await read(index))[0];
  const fits = said !== undefined && said >= earliest && said <= latest;
  return { fromMs: fits ? said : earliest, toMs: latest };
}

/** A list below a ticket, whole, and never more of it than `max` bytes. */
export async function fetchList(
  address: { now: () => Promise<string>; refused: (address: string) => void },
  max: number,
  fetcher: typeof fetch = fetch,
  onArrived: OnArrived = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const at = await address.now();
  const response = await fetcher(at, { signal: AbortSignal.timeout(LIST_MS_MAX) });
  if (response.status >= 400 && response.status < 500 && response.status !== 429) {
    address.refused(at);
    throw new Refused(`HTTP ${response.status}`);
  }
  if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  // The length of what is packed is not the length of what comes out.
  const said = response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  const total = Number.isSafeInteger(said) && said > 0 ? said : null;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      await reader.cancel();
      throw new TooLong(`more than ${max} bytes`);
    }
    parts.push(value);
    onArrived(length, total);
  }
  return joined(parts);
}

/** Longer than a slow line needs for the longest list. */
const LIST_MS_MAX = 10 * 60_000;
