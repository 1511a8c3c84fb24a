import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { mediaTime, shortDateTimeInZone } from "../../core/format";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import { standsAt, totalMs } from "../../core/together";
import type { Evidence, HearingView, PlaybackView, Problem } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { ProblemNotice } from "../problem/problem";

const BACK_MS = 10_000;
const LOOK_MS = 500;

/** For judge and clerk: choose a recording of testimony of this case, to play it to everybody. */
export function ChooseTestimony({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  if (!view || !live.hearing.can("play_recording") || view.kind === "testimony") return null;
  if (view.playback || view.state !== "in_session") return null;
  return <Choose live={live} view={view} />;
}

/** For judge and clerk: steer the recording that is shown. */
export function SteerTestimony({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  if (!view?.playback || !live.hearing.can("play_recording") || view.kind === "testimony") return null;
  return <Steer live={live} view={view} playback={view.playback} />;
}

function Choose({ live, view }: { live: Live; view: HearingView }) {
  const { api } = useApp();
  const found = useSignal<Evidence[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const look = async () => {
    try {
      const file = await api.caseFile(view.case_id);
      const of = new Set(file.hearings.filter((h) => h.kind === "testimony").map((h) => h.id));
      found.value = file.evidence.filter(
        (e) => e.state === "attached" && of.has(e.hearing) && !e.derived_from,
      );
      problem.value = null;
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  return (
    <section class="bench__part" aria-labelledby="show-title">
      <details
        onToggle={(event) => {
          if (event.currentTarget.open) void look();
        }}
      >
        <summary class="govuk-button govuk-button--secondary" data-testid="show-testimony">
          <span id="show-title">{t("show-title")}</span>
        </summary>
        {problem.value ? <ProblemNotice problem={problem.value} /> : null}
        {found.value?.length === 0 ? <p class="bench__none">{t("show-none")}</p> : null}
        <ul class="show__list">
          {found.value?.map((e) => (
            <li key={e.recording} data-testid="show-row">
              <p>
                <strong>{e.title}</strong>
                <br />
                {t("evidence-sealed", { when: shortDateTimeInZone(e.sealed_at, locale.value) })} ·{" "}
                {t("evidence-length", { length: mediaTime(e.duration_ms) })}
              </p>
              {e.interrupted ? <p class="evidence__warn">{t("evidence-interrupted")}</p> : null}
              <ActButton
                live={live}
                act={{ act: "show_recording", recording: e.recording }}
                label={t("show-now")}
                about={e.title}
                testid="show-now"
              />
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function Steer({ live, view, playback }: { live: Live; view: HearingView; playback: PlaybackView }) {
  const total = totalMs(playback.parts);
  const moment = () => standsAt(playback, Date.now() + live.hearing.clockOffset.value);
  const at = useSignal(moment());
  /** Where somebody drags to: it is told when they let go. */
  const dragged = useSignal<number | null>(null);
  useEffect(() => {
    const look = () => (at.value = moment());
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [playback.at, playback.playing, playback.position_ms]);
  const unseen = view.participants.filter((p) => playback.unseen?.includes(p.id));
  const shown = dragged.value ?? at.value;
  return (
    <section class="bench__part" aria-labelledby="steer-title" data-testid="steer">
      <h2 id="steer-title" class="bench__heading">
        {t("show-shown")}
      </h2>
      <p class="bench__none">
        {playback.title}: {t(`show-protocol-${playback.protocol.replaceAll("_", "-")}`)}
      </p>
      <div class="bench__buttons">
        <ActButton
          live={live}
          act={{ act: playback.playing ? "pause_recording" : "play_recording" }}
          label={t(playback.playing ? "show-pause" : "show-play")}
          icon={playback.playing ? "pause" : "play"}
          variant="primary"
          testid={playback.playing ? "show-pause" : "show-play"}
        />
        <button
          type="button"
          class="govuk-button govuk-button--secondary act"
          data-testid="show-back"
          onClick={() =>
            void live.act({
              act: "seek_recording",
              position_ms: Math.max(0, Math.round(moment() - BACK_MS)),
            })
          }
        >
          {t("player-back")}
        </button>
        <ActButton
          live={live}
          act={{ act: "put_away_recording" }}
          label={t("show-put-away")}
          testid="show-put-away"
        />
      </div>
      <label class="show__place">
        <span>{t("together-at", { at: mediaTime(shown), length: mediaTime(total) })}</span>
        <input
          type="range"
          min={0}
          max={total}
          step={100}
          value={shown}
          data-testid="show-position"
          onInput={(event) => (dragged.value = Number(event.currentTarget.value))}
          onChange={(event) => {
            const position_ms = Math.round(Number(event.currentTarget.value));
            void live.act({ act: "seek_recording", position_ms }).then(() => (dragged.value = null));
          }}
        />
      </label>
      <p
        class={unseen.length > 0 ? "show__unseen" : "bench__none"}
        role="status"
        data-testid="show-unseen"
        data-count={unseen.length}
      >
        {unseen.length > 0
          ? t("show-unseen", { names: unseen.map((p) => p.name).join(", ") })
          : t("show-all-see")}
      </p>
      <p class="bench__none">{t("show-record")}</p>
    </section>
  );
}
