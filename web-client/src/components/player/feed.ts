import type { Range } from "../../core/playback";
import type { TrackFile } from "../../core/track-file";

const PIECE = 256 * 1024;
const AHEAD_MS = 20_000;
const BEHIND_MS = 30_000;

/** The type that a browser wants to hear for a recorded track; null when it cannot play it in pieces. */
export function mimeOf(codec: string, source: string): string | null {
  const kind = source === "microphone" ? "audio" : "video";
  const names: Record<string, string> = { vp8: "vp8", vp9: "vp9", opus: "opus", av1: "av01.0.08M.08" };
  const name = names[codec.toLowerCase()];
  const mime = name ? `${kind}/webm; codecs="${name}"` : null;
  return mime && typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(mime) ? mime : null;
}

/** Keeps an element supplied with the bytes around the present moment, and never with the whole file. */
export class Feed {
  /** What was given since the last jump, in media time. */
  fed: { fromMs: number; toMs: number } = { fromMs: 0, toMs: 0 };
  error: string | null = null;
  private readonly media = new MediaSource();
  private readonly url = URL.createObjectURL(this.media);
  private buffer: SourceBuffer | null = null;
  private offset: number | null = null;
  private busy = false;
  private ended = false;
  private gone = false;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly file: TrackFile,
    private readonly mime: string,
    private readonly durationMs: number,
  ) {
    this.media.addEventListener("sourceopen", () => void this.open(), { once: true });
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
      endMs: ranges.end(i) * 1000,
    }));
  }

  /** Called again and again with the present moment: fetches what is missing, drops what is past. */
  async supply(atMs: number): Promise<void> {
    if (this.busy || this.gone || !this.buffer || this.error) return;
    this.busy = true;
    try {
      const outside = this.offset === null || atMs < this.fed.fromMs || atMs > this.fed.toMs + 2_000;
      if (outside && !(this.ended && atMs >= this.fed.fromMs)) await this.jump(atMs);
      if (!this.ended && this.fed.toMs < atMs + AHEAD_MS) await this.more();
      await this.drop(atMs);
    } catch (error) {
      if (!this.gone) this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }

  private async open(): Promise<void> {
    this.busy = true;
    try {
      this.media.duration = this.durationMs / 1000;
      const buffer = this.media.addSourceBuffer(this.mime);
      await this.append(buffer, await this.file.init(this.mime.startsWith("video/")));
      this.buffer = buffer;
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }

  private async jump(atMs: number): Promise<void> {
    const offset = await this.file.locate(atMs);
    if (!this.buffer || this.gone) return;
    this.buffer.abort();
    this.offset = offset;
    this.ended = false;
    this.fed = { fromMs: atMs, toMs: atMs };
  }

  private async more(): Promise<void> {
    if (this.offset === null || !this.buffer) return;
    const piece = await this.file.read(this.offset, this.offset + PIECE);
    if (this.gone) return;
    await this.append(this.buffer, piece);
    this.offset += piece.length;
    const last = this.buffered().at(-1)?.endMs ?? 0;
    if (this.offset >= this.file.size || piece.length === 0) {
      this.ended = true;
      this.fed.toMs = Number.POSITIVE_INFINITY;
    } else {
      this.fed.toMs = Math.max(this.fed.toMs, last);
    }
  }

  private async drop(atMs: number): Promise<void> {
    const first = this.buffered()[0]?.startMs;
    if (!this.buffer || first === undefined || first > atMs - 2 * BEHIND_MS) return;
    this.buffer.remove(0, (atMs - BEHIND_MS) / 1000);
    await this.settled(this.buffer);
    this.fed.fromMs = Math.max(this.fed.fromMs, atMs - BEHIND_MS);
  }

  private async append(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    buffer.appendBuffer(bytes);
    await this.settled(buffer);
  }

  private settled(buffer: SourceBuffer): Promise<void> {
    if (!buffer.updating) return Promise.resolve();
    return new Promise((done, fail) => {
      buffer.addEventListener("updateend", () => done(), { once: true });
      buffer.addEventListener("error", () => fail(new Error("the browser cannot decode this file")), {
        once: true,
      });
    });
  }
}
