import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KEPT_MAX, type KeptReceipt, LOOK_EVERY_MS, Receipts, withReceipt } from "../src/core/receipts";
import type { HearingView, ParticipantView, Receipt } from "../src/core/wire";

const receipt = (n: number, recording = "r1"): KeptReceipt => ({ recording, text: `receipt ${n}\n`, at: n });

describe("receipts that are kept", () => {
  it("are of all times, the first and the last among them, and not without end", () => {
    let kept: KeptReceipt[] = [];
    for (let n = 0; n < 500; n++) kept = withReceipt(kept, receipt(n));
    expect(kept).toHaveLength(KEPT_MAX);
    expect(kept[0]?.at).toBe(0);
    expect(kept.at(-1)?.at).toBe(499);
    // Whoever shows another past from the middle on does not find the page without what it was shown before.
    expect(kept.filter((k) => k.at > 0 && k.at < 250).length).toBeGreaterThan(1);
    expect(kept.map((k) => k.at)).toEqual(kept.map((k) => k.at).sort((a, b) => a - b));
  });
  it("are of each recording", () => {
    let kept: KeptReceipt[] = [];
    for (let n = 0; n < 100; n++) kept = withReceipt(kept, receipt(n, n < 50 ? "r1" : "r2"));
    expect(new Set(kept.map((k) => k.recording))).toEqual(new Set(["r1", "r2"]));
    for (let n = 0; n < 100; n++) kept = withReceipt(kept, receipt(n, `s${n}`));
    expect(kept).toHaveLength(16);
  });
  it("are there once", () => {
    const kept = withReceipt([], receipt(1));
    expect(withReceipt(kept, { ...receipt(1), at: 9 })).toBe(kept);
  });
});

describe("the page", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const storage = () => {
    const items = new Map<string, string>();
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
  };

  it("asks while the record runs and one is in the rooms, and knows after a reload", async () => {
    const kept = storage();
    let asked = 0;
    const ask = async (): Promise<Receipt[]> => [{ recording: "r1", text: `receipt ${++asked}\n` }];
    const receipts = new Receipts(kept, ask, "h1");
    const view = { recording: "off" };
    const self = { state: "waiting" };
    const end = receipts.follow(
      () => view as HearingView,
      () => self as ParticipantView,
    );
    const minute = () => vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
    await minute();
    self.state = "in_hearing";
    await minute();
    expect(asked).toBe(0);
    view.recording = "recording";
    await minute();
    await minute();
    expect(asked).toBe(2);
    self.state = "waiting";
    await minute();
    expect(asked).toBe(2);
    end();
    self.state = "in_hearing";
    await minute();
    expect(asked).toBe(2);
    expect(receipts.file()).toBe("receipt 1\nreceipt 2\n");
    expect(new Receipts(kept, ask, "h1").file()).toBe(receipts.file());
    expect(new Receipts(kept, ask, "h2").file()).toBe("");
  });

  it("keeps what it has when nothing can be had, and when there is no room for it", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    let fails = false;
    const full = {
      getItem: () => "not JSON",
      setItem: () => {
        throw new Error("full");
      },
    };
    const ask = async (): Promise<Receipt[]> => {
      if (fails) throw new Error("gone");
      return [{ recording: "r1", text: "receipt\n" }];
    };
    const receipts = new Receipts(full, ask, "h1");
    expect(await receipts.look()).toBe(true);
    fails = true;
    expect(await receipts.look()).toBe(false);
    expect(receipts.file()).toBe("receipt\n");
    expect(console.warn).toHaveBeenCalledTimes(2);
  });
});
