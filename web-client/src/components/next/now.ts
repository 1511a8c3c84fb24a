import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Api, problemOf } from "../../core/api";
import type { HearingView, Problem } from "../../core/wire";

/** What the page says of the hearing is never older than this while somebody looks at it. */
const LOOK_EVERY_MS = 10_000;

/** The hearing as the person may see it, looked at again and again: the court acts while somebody reads the page. */
export function useNow(
  api: Api,
  hearing: string | null,
): { view: Signal<HearingView | null>; problem: Signal<Problem | null> } {
  const view = useSignal<HearingView | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    view.value = null;
    problem.value = null;
    if (hearing === null) return;
    let ended = false;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const now = await api.now(hearing);
        if (ended) return;
        view.value = now.hearing;
        problem.value = null;
      } catch (error) {
        if (ended) return;
        // What was true a while ago may not be now: better nothing.
        view.value = null;
        problem.value = problemOf(error);
      }
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    const seen = () => void look();
    document.addEventListener("visibilitychange", seen);
    return () => {
      ended = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [api, hearing]);
  return { view, problem };
}
