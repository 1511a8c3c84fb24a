import { signal } from "@preact/signals";
import { FRAME_LASTS_MS } from "../../core/container";
import { correction, isMissing, PlayClock, type Standing, standing, TAIL_MS } from "../../core/playback";
import { type Address, httpSource, TrackFile } from "../../core/track-file";
import type { RecordedTrack, Recording } from "../../core/wire";
import { Feed, mimeOf } from "./feed";

const TICK_MS = 100;

interface Voice {
  track: RecordedTrack;
  element: HTMLMediaElement;
  feed: Feed;
}

/** Plays the tracks of one segment together: one clock, every element held to it. */
export class Engine {
  readonly playing = signal(false);
  readonly waiting = signal(false);
  readonly positionMs = signal(0);
  readonly standings = signal<Record<string, Standing>>({});
  /** Largest distance of a playing track from the clock at the last look. */
  readonly spreadMs = signal(0);
  /** Called when playing has come to the end of the segment. */
  onEnd: (() => void) | null = null;
  private readonly clock = new PlayClock();
  private readonly voices = new Map<string, Voice>();
  /** A picture to look at before anybody has pressed anything. */
  private preview = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly durationMs: number,
    private readonly address: (file: string) => Address,
    private readonly gaps: Recording["gaps"] = [],
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  attach(track: RecordedTrack, element: HTMLMediaElement): void {
    const mime = mimeOf(track.codec, track.source);
    if (!mime) {
      this.standings.value = { ...this.standings.value, [track.file]: "unplayable" };
      return;
    }
    const still = track.source === "screen";
    const lastsMs = track.source === "microphone" ? null : still ? this.durationMs : FRAME_LASTS_MS;
    const file = new TrackFile(httpSource(this.address(track.file), track.bytes), lastsMs);
    const feed = new Feed(element, file, mime, this.durationMs, still);
    this.voices.set(track.file, { track, element, feed });
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

  /** Fetches at once what could not be fetched. */
  again(): void {
    for (const { feed } of this.voices.values()) feed.again();
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
      if (this.playing.value) {
        this.pause();
        this.onEnd?.();
      }
    }
    this.positionMs.value = at;
    const standings: Record<string, Standing> = {};
    for (const { track, feed } of this.voices.values()) {
      void feed.supply(Math.min(at, this.tailMs), now);
      standings[track.file] = this.standingOf(track, feed, at);
    }
    for (const [file, value] of Object.entries(this.standings.value)) {
      if (!this.voices.has(file)) standings[file] = value;
    }
    if (JSON.stringify(standings) !== JSON.stringify(this.standings.value)) this.standings.value = standings;
    // Nobody runs ahead while one of them waits for its bytes. What cannot be fetched is left out, and said; but time
    // does not run where nothing else is left.
    const all = Object.values(standings);
    const wait =
      all.includes("wait") || (all.includes("failed") && !all.some((s) => s === "play" || s === "end"));
    this.waiting.value = all.includes("wait") && this.playing.value;
    if (this.playing.value && !wait) this.clock.run(now);
    else this.clock.hold(now);
    let spread = 0;
    for (const { track, element } of this.voices.values()) {
      spread = Math.max(spread, this.hold(element, at, standings[track.file] ?? "wait"));
    }
    this.spreadMs.value = Math.round(spread);
  }

  /** Up to here a track must have been recorded to be whole at the end of the part. */
  private get tailMs(): number {
    return Math.max(0, this.durationMs - TAIL_MS);
  }

  private standingOf(track: RecordedTrack, feed: Feed, at: number): Standing {
    const end = Math.min(track.duration_ms, this.durationMs);
    // A screen stands while nothing comes of it: what is missing of it, the gaps alone say.
    if (track.source === "screen" && isMissing(Math.min(at, this.tailMs), track.file, this.gaps))
      return "blank";
    const buffered = feed.buffered();
    let stands: Standing = standing(at, buffered, feed.fed, end);
    if (stands === "blank" && at > this.tailMs) {
      const tail = standing(this.tailMs, buffered, feed.fed, end);
      stands = tail === "play" ? "end" : tail;
    }
    if (feed.unplayable) return stands === "blank" ? "blank" : "unplayable";
    if (feed.torn && stands === "wait") return "unplayable";
    return stands === "wait" && feed.failed ? "failed" : stands;
  }

  /** Brings one element to the clock; returns how far it was off. */
  private hold(element: HTMLMediaElement, at: number, stands: Standing): number {
    if (stands !== "play") {
      element.pause();
      // Somebody went to the end: the last picture, not that of the moment they came from.
      const off = Math.abs(element.currentTime * 1000 - this.tailMs);
      if (stands === "end" && off > 2 * TAIL_MS && !element.seeking) element.currentTime = this.tailMs / 1000;
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
