import type { PlaybackView, PlayedNow, PlayedPart } from "./wire";

/** The server's clock, by a clock of this page that nobody sets. Of several readings the one that came quickest counts. */
export class ServerClock {
  private offset: number | null = null;
  private best = Number.POSITIVE_INFINITY;

  /** `askedAt` and `hadAt` by the page's clock, the others by the server's; all in milliseconds. */
  read(times: Pick<PlayedNow, "received_at" | "sent_at">, askedAt: number, hadAt: number): void {
    const way = hadAt - askedAt - (times.sent_at - times.received_at);
    if (way > this.best) return;
    this.best = way;
    this.offset = (times.received_at - askedAt + (times.sent_at - hadAt)) / 2;
  }

  /** By how much the reading may be wrong at most. */
  get uncertainMs(): number {
    return this.best / 2;
  }

  now(page: number): number | null {
    return this.offset === null ? null : page + this.offset;
  }
}

export function totalMs(parts: readonly PlayedPart[]): number {
  return parts.reduce((sum, part) => sum + part.duration_ms, 0);
}

/** Where the recording stands for everybody at a moment of the server's clock, in milliseconds from its beginning. */
export function standsAt(playback: PlaybackView, serverNow: number): number {
  const run = playback.playing ? Math.max(0, serverNow - playback.at) : 0;
  return Math.min(playback.position_ms + run, totalMs(playback.parts));
}

/** The part in which a moment of the whole lies, and where in it. */
export function placeOf(parts: readonly PlayedPart[], ms: number): { part: PlayedPart; ms: number } | null {
  let rest = ms;
  for (const [i, part] of parts.entries()) {
    if (rest < part.duration_ms || i === parts.length - 1)
      return { part, ms: Math.min(rest, part.duration_ms) };
    rest -= part.duration_ms;
  }
  return null;
}

/** Beyond this nobody calls it the same moment, and a jump is better than a chase. */
export const APART_MS = 400;
const CLOSE_MS = 40;
/** A jump takes a moment itself: the next one waits for it. */
const JUMP_EVERY_MS = 1_500;
const LEAD_MS_MAX = 1_200;

export type Step = { kind: "none" } | { kind: "speed"; speed: number } | { kind: "jump"; toMs: number };

/** Holds a player to the place where the recording stands for everybody. Time comes in as an argument, in milliseconds. */
export class Leash {
  /** How long a player takes from a jump until its time runs, as it was the last time. */
  private lead = 250;
  private jumpedAt = Number.NEGATIVE_INFINITY;
  private learns = false;

  /** What to do about a player that stands at `at` while all others are at `target`; `runs`: its time runs. */
  step(at: number, target: number, runs: boolean, now: number): Step {
    const ahead = at - target;
    if (runs && this.learns) {
      this.learns = false;
      this.lead = Math.min(LEAD_MS_MAX, Math.max(0, this.lead - ahead));
    }
    if (Math.abs(ahead) > APART_MS) {
      if (now - this.jumpedAt < JUMP_EVERY_MS) return { kind: "none" };
      this.jumpedAt = now;
      this.learns = true;
      return { kind: "jump", toMs: target + this.lead };
    }
    if (Math.abs(ahead) <= CLOSE_MS) return { kind: "speed", speed: 1 };
    // Made good within some seconds, and at most by what an ear does not notice in speech.
    const change = Math.min(0.06, Math.abs(ahead) / 4_000);
    return { kind: "speed", speed: ahead > 0 ? 1 - change : 1 + change };
  }
}
