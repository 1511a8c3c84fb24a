import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemOf } from "../core/api";
import type { Problem } from "../core/wire";

export interface Loaded<T> {
  value: Signal<T | null>;
  problem: Signal<Problem | null>;
  again: () => Promise<void>;
}

/** Something of the server, fetched when the page opens and whenever it is asked for anew. */
export function useLoaded<T>(fetch: () => Promise<T>, deps: unknown[]): Loaded<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const again = async () => {
    try {
      value.value = await fetch();
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  useEffect(() => {
    value.value = null;
    void again();
  }, deps);
  return { value, problem, again };
}
