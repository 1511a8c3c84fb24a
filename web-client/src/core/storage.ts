// What a page remembers in the browser. Where that is forbidden (cookies blocked, a page in a sandbox), even asking for the storage
// throws, and a page that stays blank for that helps nobody: then it remembers until it is closed.

export type Remembered = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What `storage` gives, or memory that goes with the page. A full storage forgets, and says nothing. */
export function remembered(storage: () => Remembered): Remembered {
  const here = new Map<string, string>();
  let there: Remembered | undefined;
  try {
    there = storage();
  } catch {
    // Forbidden: nothing is kept beyond this page.
  }
  const attempt = <T>(act: (there: Remembered) => T): T | undefined => {
    try {
      return there && act(there);
    } catch {
      return undefined;
    }
  };
  return {
    getItem: (key) => here.get(key) ?? attempt((kept) => kept.getItem(key)) ?? null,
    setItem: (key, value) => {
      here.set(key, value);
      attempt((kept) => kept.setItem(key, value));
    },
    removeItem: (key) => {
      here.delete(key);
      attempt((kept) => kept.removeItem(key));
    },
  };
}

/** For this browser. */
export const local = remembered(() => localStorage);
/** For this tab. */
export const tab = remembered(() => sessionStorage);
