import { problemOf } from "../../core/api";
import { NotMedia } from "../../core/container";
import { Attempts, type Range } from "../../core/playback";
import { Refused, type TrackFile } from "../../core/track-file";

const AHEAD_MS = 20_000;
const BEHIND_MS = 30_000;

/** Container and full name of what the recorder writes. Of H.264 each file tells its own; this is the least of them. */
const NAMES: Record<string, [container: string, name: string]> = {
  vp8: ["webm", "vp8"],
  vp9: ["webm", "vp9"],
  opus: ["webm", "opus"],
  av1: ["webm", "av01.0.08M.08"],
  h264: ["mp4", "avc1.42E00A"],
};

const plays = (mime: string): boolean =>
  typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(mime);

/** The type that a browser wants to hear for a recorded track; null when it cannot play it in pieces. */
export function mimeOf(codec: string, source: string): string | null {
  const kind = source === "microphone" ? "audio" : "video";
  const [container, name] = NAMES[codec.toLowerCase()] ?? [];
  const mime = name ? `${kind}/${container}; codecs="${name}"` : null;
  return mime && plays(mime) ? mime : null;
}

/** The same with the codec that the file itself names. */
function withCodec(mime: string, codec: string | null): string {
  return codec === null ? mime : mime.replace(/codecs=".*"/, `codecs="${codec}"`);
}

/** The bytes are there, and this browser can make nothing of them. */
class Undecodable extends Error {}

/** Whether the server answered and will not, be it the ticket or the bytes. */
function refusal(error: unknown): boolean {
  if (error instanceof Refused) return true;
  const { status } = problemOf(error);
  return status >= 400 && status < 500 && status !== 429;
}

/** Keeps an element supplied with the bytes around the present moment, and never with the whole file. */
export class Feed {
  /** What was given since the last jump, in media time. */
  fed: { fromMs: number; toMs: number } = { fromMs: 0, toMs: 0 };
  private dead = false;
  private isTorn = false;
  private readonly attempts = new Attempts();
  private readonly media = new MediaSource();
  private readonly url = URL.createObjectURL(this.media);
  private added: SourceBuffer | null = null;
  /** The same, once it has been given what a decoder needs first. */
  private buffer: SourceBuffer | null = null;
  private offset: number | null = null;
  private busy = false;
  private ended = false;
  private gone = false;
  /** Of a screen: the time of the newest run of the file that was given, and the key frames among what was. */
  private reachedMs = 0;
  private keysMs: number[] = [];

  /** `still`: a screen, whose picture stands until the next one, however long that takes. */
  constructor(
    private readonly element: HTMLMediaElement,
    private readonly file: TrackFile,
    private readonly mime: string,
    private readonly durationMs: number,
    private readonly still = false,
  ) {
    element.src = this.url;
  }

  close(): void {
    this.gone = true;
    this.element.removeAttribute("src");
    this.element.load();
    URL.revokeObjectURL(this.url);
  }

  buffered(): Range[] {
    const ranges = this.buffer && this.media.readyState !== "closed" ? this.buffer.buffered : null;
    if (!ranges) return [];
    return Array.from({ length: ranges.length }, (_, i) => ({
      startMs: ranges.start(i) * 1000,
      // A picture that stands may be followed by one that has not come yet.
      endMs: Math.min(
        ranges.end(i) * 1000,
        this.still && !this.ended ? this.reachedMs : Number.POSITIVE_INFINITY,
      ),
    }));
  }

  /** The browser takes nothing more. */
  private get closed(): boolean {
    return this.media.readyState === "closed";
  }

  /** This browser cannot play the file; no further attempt changes that. */
  get unplayable(): boolean {
    return this.dead || this.element.error !== null;
  }

  /** What follows on the bytes given so far is damaged: no browser can play it. */
  get torn(): boolean {
    return this.isTorn;
  }

  /** The last attempt to fetch something failed; more follow by themselves, unless the server keeps refusing. */
  get failed(): boolean {
    return this.attempts.failing;
  }

  /** Tries at once what failed. */
  again(): void {
    this.attempts.again();
  }

  /**
   * Called again and again with the present moment, and the time in milliseconds: fetches what is missing, drops what
   * is past.
   */
  async supply(atMs: number, now: number): Promise<void> {
    if (this.busy || this.gone || this.unplayable || this.closed) return;
    if (!this.attempts.due(now)) return;
    this.busy = true;
    try {
      if (!this.buffer) await this.open();
      const outside = this.offset === null || atMs < this.fed.fromMs || atMs > this.fed.toMs + 2_000;
      const over = (this.ended || this.isTorn) && atMs >= this.fed.fromMs;
      if (outside && !over) await this.jump(atMs);
      await this.drop(atMs);
      if (!this.ended && !this.isTorn && this.fed.toMs < atMs + AHEAD_MS) await this.more();
      // A browser shows a picture only with some more behind it, or with the word that there are none.
      if (this.still && this.ended && !this.gone && this.media.readyState === "open")
        this.media.endOfStream();
      this.attempts.succeeded();
    } catch (error) {
      if (this.gone) return;
      // A source that the browser has closed takes nothing more, whatever the error was.
      this.dead = error instanceof Undecodable || error instanceof NotMedia || this.closed;
      if (!this.dead) this.attempts.failed(now, refusal(error));
    } finally {
      this.busy = false;
    }
  }

  private async open(): Promise<void> {
    const first = await this.file.init();
    if (this.gone) return;
    if (!this.added) {
      const mime = withCodec(this.mime, first.codec);
      if (!plays(mime)) throw new Undecodable("the browser has no decoder for this file");
      this.media.duration = this.durationMs / 1000;
      this.added = this.media.addSourceBuffer(mime);
    }
    await this.append(this.added, first.bytes);
    this.buffer = this.added;
  }

  private async jump(atMs: number): Promise<void> {
    const offset = await this.file.locate(atMs);
    if (!this.buffer || this.gone) return;
    // One that has been told its end opens again with the next bytes.
    if (this.media.readyState === "open") this.buffer.abort();
    this.offset = offset;
    this.ended = false;
    this.isTorn = false;
    this.fed = { fromMs: atMs, toMs: atMs };
    this.reachedMs = 0;
    this.keysMs = [];
  }

  private async more(): Promise<void> {
    if (this.offset === null || !this.buffer) return;
    const piece = await this.file.piece(this.offset).catch((error: unknown) => {
      if (error instanceof NotMedia) return null;
      throw error;
    });
    if (this.gone) return;
    if (piece === null) {
      this.isTorn = true;
      return;
    }
    const { bytes, runs, next } = piece;
    if (bytes.length > 0) await this.append(this.buffer, bytes);
    if (this.still) {
      for (const { timeMs, keyMs } of runs) {
        this.reachedMs = timeMs;
        if (keyMs !== null) this.keysMs.push(keyMs);
      }
    }
    this.offset = next;
    const last = this.buffered().at(-1)?.endMs ?? 0;
    if (next >= this.file.size) {
      this.ended = true;
      this.fed.toMs = Number.POSITIVE_INFINITY;
    } else {
      this.fed.toMs = Math.max(this.fed.toMs, last);
    }
  }

  private async drop(atMs: number): Promise<void> {
    const first = this.buffered()[0]?.startMs;
    if (!this.buffer || first === undefined || first > atMs - 2 * BEHIND_MS) return;
    const pastMs = this.pastMs(atMs - BEHIND_MS);
    if (pastMs <= first) return;
    this.buffer.remove(0, pastMs / 1000);
    await this.settled(this.buffer);
    this.fed.fromMs = Math.max(this.fed.fromMs, pastMs);
  }

  /** Up to here nothing is needed of what is shown from `atMs` on: a picture that stands began long before. */
  private pastMs(atMs: number): number {
    if (!this.still) return atMs;
    const keyMs = this.keysMs.filter((ms) => ms <= atMs).at(-1) ?? 0;
    this.keysMs = this.keysMs.filter((ms) => ms >= keyMs);
    return keyMs;
  }

  private async append(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    buffer.appendBuffer(bytes);
    await this.settled(buffer);
  }

  private settled(buffer: SourceBuffer): Promise<void> {
    if (!buffer.updating) return Promise.resolve();
    return new Promise((done, fail) => {
      buffer.addEventListener("updateend", () => done(), { once: true });
      buffer.addEventListener("error", () => fail(new Undecodable("the browser cannot decode this file")), {
        once: true,
      });
    });
  }
}
