import { signal } from "@preact/signals";
import type { Api } from "./api";
import { realTiming, type Timing } from "./connection";
import type { Court } from "./wire";

/** Whom people turn to, as the court has configured it; null until it is known. */
export const court = signal<Court | null>(null);

/** When it is asked for again after no answer. The page works without it, so it gives up in the end. */
const AGAIN_AFTER_MS = [2_000, 10_000, 30_000, 60_000];

/** Asks the server whom people turn to, and keeps the answer for every page. */
export async function learnCourt(
  api: Pick<Api, "court">,
  timing: Timing = realTiming,
  tries = 0,
): Promise<void> {
  try {
    court.value = await api.court();
  } catch {
    // Nothing is shown then: better no telephone than a wrong one.
    const wait = AGAIN_AFTER_MS[tries];
    if (wait !== undefined) timing.set(() => void learnCourt(api, timing, tries + 1), wait);
  }
}

/** What a telephone dials: the digits, and the + before them. */
export function dialled(telephone: string): string {
  return `${telephone.trim().startsWith("+") ? "+" : ""}${telephone.replace(/\D/g, "")}`;
}
