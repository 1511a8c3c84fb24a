import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { mediaTime, shortDateTimeInZone } from "../../core/format";
import { Played } from "../../core/stretches";
import { locale, t } from "../../core/text";
import type { OpenedRelease, Problem } from "../../core/wire";
import { Icon } from "../icon/icon";
import { ProblemNotice } from "../problem/problem";
import { CopyState } from "./requests";

const LOOK_EVERY_MS = 1_500;

/** A release that was opened: what it is, until when, and the film or the bundle. */
export function ReleaseView({ opened }: { opened: OpenedRelease }) {
  const { api } = useApp();
  const release = useSignal(opened.release);
  const problem = useSignal<Problem | null>(null);
  const unsaid = useSignal(0);
  const played = useMemo(
    () =>
      new Played(
        (stretch) => api.playedRelease(opened.base, stretch),
        (waiting) => {
          unsaid.value = waiting;
        },
      ),
    [opened.base],
  );
  const state = release.value.copy?.state;
  useEffect(() => {
    if (state !== "running") return;
    const timer = setInterval(async () => {
      try {
        release.value = await api.release(opened.base);
        problem.value = null;
      } catch (error) {
        problem.value = problemOf(error);
      }
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [state, opened.base]);
  useEffect(() => {
    const end = () => played.end();
    addEventListener("pagehide", end);
    return () => {
      removeEventListener("pagehide", end);
      end();
    };
  }, [played]);
  const { form, title, case_reference, released_to, expires_at, number, duration_ms, redacted } =
    release.value;
  const withheld = redacted?.ready === false;
  const head = useRef<HTMLParagraphElement>(null);
  // The button that opened it is gone, and with it the focus.
  useEffect(() => head.current?.focus(), []);
  return (
    <div class="card" data-testid="release">
      <p ref={head} class="govuk-body-l" tabIndex={-1} data-testid="release-title">
        {title}
      </p>
      <p class="govuk-body">
        {case_reference} · {t("evidence-length", { length: mediaTime(duration_ms) })}
      </p>
      <p class="govuk-body">
        {t("release-for", { name: released_to, number })}{" "}
        {t("release-until", { until: shortDateTimeInZone(expires_at, locale.value) })}
      </p>
      {redacted ? (
        <p class="evidence__warn" data-testid="release-redacted">
          {t("release-redacted", { references: redacted.references.join("; ") })}{" "}
          {withheld ? t("release-withheld") : null}
        </p>
      ) : null}
      <p class="govuk-body">{t(form === "bundle" ? "release-bundle-text" : "release-copy-text")}</p>
      <p class="govuk-hint">{t("release-logged")}</p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {form === "bundle" && !withheld ? (
        <a class="govuk-button" href={`${opened.base}/bundle.tar`} download="" data-testid="release-bundle">
          <Icon name="download" />
          <span>{t("download-now")}</span>
        </a>
      ) : null}
      {state && state !== "done" && !withheld ? <CopyState request={release.value} /> : null}
      {state === "done" ? (
        // biome-ignore lint/a11y/useMediaCaption: a recording is evidence; a transcript would be a document of its own
        <video
          class="access__video"
          src={`${opened.base}/access.mp4`}
          controls
          controlsList="nodownload"
          preload="metadata"
          data-testid="release-video"
          aria-label={title}
          onTimeUpdate={({ currentTarget: video }) =>
            video.seeking ? undefined : played.at(video.currentTime * 1000, !video.paused)
          }
          onSeeking={() => played.end()}
          onPause={() => played.end()}
          onEnded={() => played.end()}
        />
      ) : null}
      <p role="status" class="govuk-hint">
        {unsaid.value > 0 ? t("played-unsaid", { count: unsaid.value }) : null}
      </p>
    </div>
  );
}
