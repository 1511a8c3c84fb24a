import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { t } from "../../core/text";
import type { Tickets } from "../../core/tickets";
import type { AccessCopy, Problem } from "../../core/wire";
import { Fold } from "../fold/fold";
import { ProblemNotice } from "../problem/problem";

const LOOK_EVERY_MS = 1_000;
const FILE = "access.mp4";

/** A copy for watching: everybody in one picture. It is derived, and says so. */
export function AccessCopyPart({
  recording,
  tickets,
  sealed,
  seconds,
  onChanged,
}: {
  recording: string;
  tickets: Pick<Tickets, "address" | "refused">;
  /** It is what was sealed, and there is nothing else to be watched: shown at once. */
  sealed?: boolean;
  /** Where to go in the film, and play from there. */
  seconds?: number | null;
  /** Something was entered into the chain of custody. */
  onChanged: () => void;
}) {
  const { api } = useApp();
  const copy = useSignal<AccessCopy | null>(null);
  const problem = useSignal<Problem | null>(null);
  const source = useSignal<string | null>(null);
  /** The server refuses the copy, with a fresh ticket too. */
  const refused = useSignal(false);
  const video = useRef<HTMLVideoElement>(null);
  /** Where the picture was when its address was taken no more, and whether it played; null when nothing is to be mended. */
  const resume = useRef<{ at: number; plays: boolean } | null>(null);
  const ask = async (method: "GET" | "POST" | "DELETE") => {
    try {
      const before = copy.value?.state;
      copy.value = await api.accessCopy(recording, method);
      problem.value = null;
      // Beginning and end are entered, however it ends.
      if (before !== undefined && before !== copy.value.state) onChanged();
      if (copy.value.state === "done" && !source.value) source.value = await tickets.address(FILE);
      if (copy.value.state !== "done") source.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  const renew = async (old: string) => {
    // A ticket ends after hours, and with the server that gave it.
    tickets.refused(old);
    try {
      source.value = await tickets.address(FILE);
      onChanged();
    } catch (error) {
      resume.current = null;
      problem.value = problemOf(error);
    }
  };
  useEffect(() => {
    void ask("GET");
  }, [recording]);
  useEffect(() => {
    const shown = video.current;
    if (!shown || seconds === null || seconds === undefined) return;
    shown.currentTime = seconds;
    shown.scrollIntoView({ block: "nearest" });
    void shown.play().catch(() => {});
  }, [seconds]);
  const running = copy.value?.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => void ask("GET"), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [running]);
  const state = copy.value?.state;
  return (
    <Fold id="access" title={t("access-title")} open={sealed}>
      <p class="govuk-body">{t(sealed ? "redacted-film" : "access-text")}</p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {state === "failed" ? (
        <p class="evidence__warn" role="alert">
          {t("access-failed", { detail: copy.value?.detail ?? "" })}
        </p>
      ) : null}
      {running ? (
        <div class="access__progress">
          <label for="access-progress">{t("access-running", { percent: copy.value?.percent ?? 0 })}</label>
          <progress
            id="access-progress"
            max={100}
            value={copy.value?.percent ?? 0}
            data-testid="access-progress"
          />
          <button
            type="button"
            class="govuk-button govuk-button--secondary"
            data-testid="access-cancel"
            onClick={() => void ask("DELETE")}
          >
            {t("cancel")}
          </button>
        </div>
      ) : null}
      {state === "none" || state === "failed" ? (
        <button type="button" class="govuk-button" data-testid="access-make" onClick={() => void ask("POST")}>
          {t("access-make")}
        </button>
      ) : null}
      {state === "done" && source.value ? (
        // biome-ignore lint/a11y/useMediaCaption: a recording is evidence; a transcript would be a document of its own
        <video
          class="access__video"
          ref={video}
          src={source.value}
          controls
          preload="metadata"
          data-testid="access-video"
          aria-label={t("access-title")}
          onLoadedMetadata={(event) => {
            const was = resume.current;
            resume.current = null;
            refused.value = false;
            if (!was) return;
            const video = event.currentTarget;
            video.currentTime = was.at;
            // A browser that will not play by itself leaves it to the person: the picture stands where it was.
            if (was.plays) void video.play().catch(() => {});
          }}
          onError={(event) => {
            if (source.value === null) return;
            // A fresh ticket is asked for once: each is entered into the chain of custody.
            if (resume.current) {
              refused.value = true;
              return;
            }
            const { currentTime, paused } = event.currentTarget;
            resume.current = { at: currentTime, plays: !paused };
            void renew(source.value);
          }}
        />
      ) : null}
      {refused.value && source.value ? (
        <div role="alert" data-testid="access-refused">
          <p class="evidence__warn">{t("access-refused")}</p>
          <button
            type="button"
            class="govuk-button govuk-button--secondary"
            onClick={() => void renew(source.value ?? "")}
          >
            {t("try-again")}
          </button>
        </div>
      ) : null}
    </Fold>
  );
}
