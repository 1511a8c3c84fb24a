import { signal } from "@preact/signals";
import { FRAME_LASTS_MS } from "../../core/container";
import { correction, isMissing, PlayClock, type Standing, standing, TAIL_MS } from "../../core/playback";
import type { SealCheck } from "../../core/seal-check";
import { type Address, httpSource, TrackFile } from "../../core/track-file";
import type { RecordedTrack, Recording } from "../../core/wire";
import { Feed, mimeOf } from "./feed";

const TICK_MS = 100;
/** Tracks that are all at their place begin together; one that does not get there keeps the others for so long. */
const BEGIN_WITHIN_MS = 2_000;
/** An element that stands is so far from the clock at most. */
const OFF_MS = 20;
/** Sound that is further than this from where it began is heard. */
const HEARD_MS = 5;

const isAt = (element: HTMLMediaElement, ms: number): boolean =>
  !element.seeking &&
  element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA &&
  Math.abs(element.currentTime * 1000 - ms) <= OFF_MS;

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
  /** Called before playing goes on from another place. */
  onSeek: (() => void) | null = null;
  private readonly clock = new PlayClock();
  private readonly voices = new Map<string, Voice>();
  /** A picture to look at before anybody has pressed anything. */
  private preview = false;
  /** When time runs again whether or not every element is at its place and the sound has begun. */
  private beginBy: number | null = null;
  /** Sound that was told to play before time runs. */
  private ahead: HTMLMediaElement[] | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly durationMs: number,
    private readonly address: (file: string) => Address,
    private readonly gaps: Recording["gaps"],
    private readonly check: SealCheck,
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Its time runs: it plays, and waits for nothing. */
  get runs(): boolean {
    return this.clock.running;
  }

  attach(track: RecordedTrack, element: HTMLMediaElement): void {
    const mime = mimeOf(track.codec, track.source);
    if (!mime) {
      this.standings.value = { ...this.standings.value, [track.file]: "unplayable" };
      return;
    }
    const still = track.source === "screen";
    const lastsMs = track.source === "microphone" ? null : still ? this.durationMs : FRAME_LASTS_MS;
    const source = httpSource(this.address(track.file), track.bytes);
    const file = new TrackFile(this.check.source(track.file, source), lastsMs);
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
    this.stop(performance.now());
    for (const { element } of this.voices.values()) element.pause();
  }

  seek(ms: number): void {
    this.onSeek?.();
    this.preview = false;
    const now = performance.now();
    // Time does not run on while the elements go there: they would come late, each by its own time.
    this.stop(now);
    this.clock.seek(Math.min(ms, this.durationMs), now);
    this.positionMs.value = this.clock.position(now);
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
    if (!this.playing.value || wait) this.stop(now);
    else if (!this.clock.running && this.begins(standings, at, now)) {
      this.ahead = null;
      this.clock.run(now);
    }
    let spread = 0;
    for (const { track, element } of this.voices.values()) {
      spread = Math.max(spread, this.hold(element, at, standings[track.file] ?? "wait"));
    }
    this.spreadMs.value = Math.round(spread);
  }

  private stop(now: number): void {
    this.clock.hold(now);
    [this.beginBy, this.ahead] = [null, null];
  }

  /**
   * True when time may run. Every element goes to its place first. Then sound, which takes some tenth of a second to be heard
   * after it is told to play, while a picture moves at once: time runs, and pictures with it, from where the sound is.
   */
  private begins(standings: Record<string, Standing>, at: number, now: number): boolean {
    this.beginBy ??= now + BEGIN_WITHIN_MS;
    if (now >= this.beginBy) return true;
    const all = [...this.voices.values()].filter(({ track }) => standings[track.file] === "play");
    if (!this.ahead) {
      if (!all.every(({ element }) => isAt(element, at))) return false;
      this.ahead = all.filter(({ track }) => track.source === "microphone").map(({ element }) => element);
      for (const element of this.ahead) element.play().catch(() => undefined);
      return this.ahead.length === 0;
    }
    const ahead = this.ahead;
    const heard = all
      .filter(({ element }) => ahead.includes(element))
      .map(({ element }) => element.currentTime * 1000);
    const last = Math.min(...heard);
    if (last <= at + HEARD_MS) return false;
    if (Number.isFinite(last)) this.clock.seek(last, now);
    return true;
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
      if (this.ahead?.includes(element)) return 0;
      element.pause();
      if (Math.abs(drift) > OFF_MS && !element.seeking) element.currentTime = at / 1000;
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
