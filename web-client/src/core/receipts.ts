import { signal } from "@preact/signals";
import type { HearingView, ParticipantView, Receipt } from "./wire";

/** How often the page asks for receipts while the record runs: the court's log grows once a minute. */
export const LOOK_EVERY_MS = 60_000;
/** After the end: the last receipt comes when the recording is sealed. */
export const LOOKS_AFTER_MS = [1_000, 3_000, 8_000, 20_000, 45_000];
/** Receipts kept of one recording: not the latest alone, for whoever has another past to show would show it last. */
export const KEPT_MAX = 12;
const RECORDINGS_MAX = 16;
const IN_ROOMS = ["in_hearing", "in_consultation", "retired"];

/** A receipt and when this page was shown it, by its own clock. */
export interface KeptReceipt extends Receipt {
  at: number;
}

/** With a further receipt: the first and the last of a recording stay, and of those between the ones that lie closest together go. */
export function withReceipt(kept: KeptReceipt[], receipt: KeptReceipt): KeptReceipt[] {
  if (kept.some((k) => k.text === receipt.text)) return kept;
  const recordings = [...new Set([...kept.map((k) => k.recording), receipt.recording])];
  const known = recordings.slice(-RECORDINGS_MAX);
  return known.flatMap((recording) => {
    const all = [...kept, receipt].filter((k) => k.recording === recording);
    while (all.length > KEPT_MAX) {
      const gap = (i: number) => (all[i + 1]?.at ?? 0) - (all[i - 1]?.at ?? 0);
      let least = 1;
      for (let i = 2; i < all.length - 1; i++) if (gap(i) < gap(least)) least = i;
      all.splice(least, 1);
    }
    return all;
  });
}

/** What this page was shown of the court's log during one hearing; kept for this tab, as its session is. */
export class Receipts {
  readonly kept = signal<KeptReceipt[]>([]);
  private readonly key: string;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
    private readonly ask: () => Promise<Receipt[]>,
    hearing: string,
  ) {
    this.key = `oyer.receipts.${hearing}`;
    this.kept.value = this.read();
  }

  /** Asks once. What cannot be had now is asked for again later; what is kept stays. */
  async look(now = Date.now()): Promise<boolean> {
    let shown: Receipt[];
    try {
      shown = await this.ask();
    } catch (error) {
      console.warn("no receipt of the recording could be had", error);
      return false;
    }
    const kept = shown.reduce((all, receipt) => withReceipt(all, { ...receipt, at: now }), this.kept.value);
    if (kept === this.kept.value) return true;
    this.kept.value = kept;
    try {
      this.storage.setItem(this.key, JSON.stringify(kept));
    } catch (error) {
      // Without room they are there until the page is left, which says that they must be saved.
      console.warn("receipts are not kept over a reload", error);
    }
    return true;
  }

  /** Asks every minute for as long as one is in the rooms of a hearing that is recorded. Gives what ends it. */
  follow(view: () => HearingView | null, self: () => ParticipantView | null): () => void {
    const timer = setInterval(() => {
      if (view()?.recording !== "off" && IN_ROOMS.includes(self()?.state ?? "")) void this.look();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }

  /** All of them in one file, the oldest first. */
  file(): string {
    return this.kept.value.map((kept) => kept.text).join("");
  }

  private read(): KeptReceipt[] {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      const fits = (k: unknown): k is KeptReceipt =>
        typeof k === "object" && k !== null && "text" in k && "recording" in k && "at" in k;
      return Array.isArray(kept) ? kept.filter(fits) : [];
    } catch {
      return [];
    }
  }
}

const known = new Map<string, Receipts>();

/** Those of a hearing: the same for every part of the page, also where the browser keeps nothing over a reload. */
export function receiptsOf(
  hearing: string,
  api: { receipts(hearing: string): Promise<Receipt[]> },
  storage: Pick<Storage, "getItem" | "setItem">,
): Receipts {
  const found = known.get(hearing) ?? new Receipts(storage, () => api.receipts(hearing), hearing);
  known.set(hearing, found);
  return found;
}
