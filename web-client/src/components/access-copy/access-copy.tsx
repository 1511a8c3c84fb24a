import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
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
  onChanged,
}: {
  recording: string;
  tickets: Pick<Tickets, "address">;
  /** Something was entered into the chain of custody. */
  onChanged: () => void;
}) {
  const { api } = useApp();
  const copy = useSignal<AccessCopy | null>(null);
  const problem = useSignal<Problem | null>(null);
  const source = useSignal<string | null>(null);
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
  useEffect(() => {
    void ask("GET");
  }, [recording]);
  const running = copy.value?.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => void ask("GET"), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [running]);
  const state = copy.value?.state;
  return (
    <Fold id="access" title={t("access-title")}>
      <p class="govuk-body">{t("access-text")}</p>
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
          src={source.value}
          controls
          preload="metadata"
          data-testid="access-video"
          aria-label={t("access-title")}
          onError={async () => {
            // A ticket lives for minutes; a person may pause for an hour.
            source.value = await tickets.address(FILE).catch(() => null);
          }}
        />
      ) : null}
    </Fold>
  );
}
