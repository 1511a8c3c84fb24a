import { signal } from "@preact/signals";
import { correction, PlayClock, standing } from "../../core/playback";
import { httpSource, TrackFile } from "../../core/track-file";
import type { RecordedTrack } from "../../core/wire";
import { Feed, mimeOf } from "./feed";

const TICK_MS = 100;

interface Voice {
  track: RecordedTrack;
  element: HTMLMediaElement;
  feed: Feed;
}

/** How a track stands, for its tile. */
export type Standing = "play" | "wait" | "blank" | "error";

/** Plays the tracks of one segment together: one clock, every element held to it. */
export class Engine {
  readonly playing = signal(false);
  readonly waiting = signal(false);
  readonly positionMs = signal(0);
  readonly standings = signal<Record<string, Standing>>({});
  /** Largest distance of a playing track from the clock at the last look. */
  readonly spreadMs = signal(0);
  private readonly clock = new PlayClock();
  private readonly voices = new Map<string, Voice>();
  /** A picture to look at before anybody has pressed anything. */
  private preview = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly durationMs: number,
    private readonly address: (file: string) => Promise<string>,
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  attach(track: RecordedTrack, element: HTMLMediaElement): void {
    const mime = mimeOf(track.codec, track.source);
    if (!mime) {
      this.standings.value = { ...this.standings.value, [track.file]: "error" };
      return;
    }
    const file = new TrackFile(httpSource(() => this.address(track.file), track.bytes));
    this.voices.set(track.file, { track, element, feed: new Feed(element, file, mime, this.durationMs) });
  }

  detach(file: string): void {
    this.voices.get(file)?.feed.close();
    this.voices.delete(file);
  }

  /** Shows a moment to begin with. Playing begins at the beginning all the same: no word is skipped. */
  show(ms: number): void {
    this.seek(ms);
    this.preview = true;
  }

  play(): void {
    if (this.preview) this.seek(0);
    if (this.positionMs.value >= this.durationMs) this.seek(0);
    this.playing.value = true;
    this.tick();
  }

  pause(): void {
    this.playing.value = false;
    this.clock.hold(performance.now());
    for (const { element } of this.voices.values()) element.pause();
  }

  seek(ms: number): void {
    this.preview = false;
    this.clock.seek(Math.min(ms, this.durationMs), performance.now());
    this.positionMs.value = this.clock.position(performance.now());
    this.tick();
  }

  setSpeed(rate: number): void {
    this.clock.setSpeed(rate, performance.now());
  }

  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    for (const file of [...this.voices.keys()]) this.detach(file);
  }

  private tick(): void {
    const now = performance.now();
    let at = this.clock.position(now);
    if (at >= this.durationMs) {
      at = this.durationMs;
      this.clock.seek(at, now);
      if (this.playing.value) this.pause();
    }
    this.positionMs.value = at;
    const standings: Record<string, Standing> = {};
    for (const { track, feed } of this.voices.values()) {
      void feed.supply(at);
      const end = Math.min(track.duration_ms, this.durationMs);
      standings[track.file] = feed.error ? "error" : standing(at, feed.buffered(), feed.fed, end);
    }
    for (const [file, value] of Object.entries(this.standings.value)) {
      if (!this.voices.has(file)) standings[file] = value;
    }
    if (JSON.stringify(standings) !== JSON.stringify(this.standings.value)) this.standings.value = standings;
    // Nobody runs ahead while one of them waits for its bytes.
    const wait = Object.values(standings).includes("wait");
    this.waiting.value = wait && this.playing.value;
    if (this.playing.value && !wait) this.clock.run(now);
    else this.clock.hold(now);
    let spread = 0;
    for (const { track, element } of this.voices.values()) {
      spread = Math.max(spread, this.hold(element, at, standings[track.file] ?? "wait"));
    }
    this.spreadMs.value = Math.round(spread);
  }

  /** Brings one element to the clock; returns how far it was off. */
  private hold(element: HTMLMediaElement, at: number, stands: Standing): number {
    if (stands !== "play") {
      element.pause();
      return 0;
    }
    const drift = element.currentTime * 1000 - at;
    if (!this.clock.running) {
      element.pause();
      if (Math.abs(drift) > 20 && !element.seeking) element.currentTime = at / 1000;
      return 0;
    }
    if (element.paused) {
      if (Math.abs(drift) > 60 && !element.seeking) element.currentTime = at / 1000;
      element.play().catch(() => undefined);
      return 0;
    }
    if (element.seeking || element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return 0;
    const step = correction(drift, this.clock.speed);
    if (step.kind === "jump") element.currentTime = at / 1000;
    element.playbackRate = step.kind === "rate" ? step.rate : this.clock.speed;
    return Math.abs(drift);
  }
}
