import type { Quality } from "./wire";

/** Counters at one moment. */
export interface Counters {
  packets: number;
  lost: number;
  rttMs: number;
}

/** What one interval was like. */
export interface Interval {
  lossPerMille: number;
  rttMs: number;
}

/**
 * The interval between two readings; counters that went back (a new connection) count from zero. Where nothing came there
 * is nothing to judge by.
 */
export function interval(before: Counters, after: Counters): Interval | null {
  const anew = after.packets < before.packets;
  const packets = after.packets - (anew ? 0 : before.packets);
  const lost = Math.max(0, after.lost - (anew ? 0 : before.lost));
  const all = packets + lost;
  return all > 0 ? { lossPerMille: Math.round((1000 * lost) / all), rttMs: after.rttMs } : null;
}

/** Three steps that a person can act on. Above 100 per mille speech breaks up; above 20 the picture does. */
export function grade({ lossPerMille, rttMs }: Interval): Quality {
  if (lossPerMille > 100 || rttMs > 800) return "bad";
  if (lossPerMille > 20 || rttMs > 300) return "weak";
  return "good";
}

/** What the page may claim of the own connection: nothing while it stands still or has not been measured. */
export function known(
  measured: Quality | null,
  connected: { socket: boolean; media: boolean },
): Quality | "unknown" {
  return (connected.socket && connected.media && measured) || "unknown";
}
