import { expect, test } from "vitest";
import { remembered } from "../src/core/storage";

test("a page without storage remembers until it is closed", () => {
  const forbidden = remembered(() => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  });
  expect(forbidden.getItem("language")).toBe(null);
  forbidden.setItem("language", "uz");
  expect(forbidden.getItem("language")).toBe("uz");
  forbidden.removeItem("language");
  expect(forbidden.getItem("language")).toBe(null);
});

test("what there is is kept, and a full storage stops nothing", () => {
  const kept = new Map([["language", "ru"]]);
  let full = false;
  const storage = remembered(() => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => {
      if (full) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    },
    removeItem: (key) => void kept.delete(key),
  }));
  expect(storage.getItem("language")).toBe("ru");
  storage.setItem("session", "a");
  expect(kept.get("session")).toBe("a");
  full = true;
  storage.setItem("session", "b");
  expect(storage.getItem("session")).toBe("b");
  storage.removeItem("session");
  expect([storage.getItem("session"), kept.has("session")]).toEqual([null, false]);
});
