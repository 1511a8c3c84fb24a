import { useMemo } from "preact/hooks";
import { fineTimeUp, mediaTime } from "../../core/format";
import { t } from "../../core/text";
import {
  type Cue,
  type Lane,
  lanesOf,
  type Mark,
  markersOf,
  missingAt,
  notesOf,
  path,
  type Span,
  STEPS,
  speakingAt,
  spellAfter,
  spellBefore,
} from "../../core/timeline";
import type { Recording, Source } from "../../core/wire";
import { causeText } from "../gaps/gaps";
import { Icon } from "../icon/icon";
import { kindText } from "../log/log";
import type { Engine } from "./engine";

/** A line is so high in its own drawing: missing picture above, speech in the middle, missing sound below. */
const HEIGHT = 24;
const PLACES = {
  picture: { top: 0, height: 5, style: "timeline__no-picture" },
  speech: { top: 7, height: 10, style: "timeline__spoke" },
  sound: { top: 19, height: 5, style: "timeline__no-sound" },
  marks: { top: 0, height: HEIGHT, style: "timeline__marker" },
  notes: { top: 0, height: HEIGHT, style: "timeline__note" },
} as const;

/** Spans that are drawn in one place of a line, and what they are. */
interface Strip {
  place: keyof typeof PLACES;
  spans: Span[];
  title: string;
}

interface TimelineProps {
  recording: Recording;
  segment: number;
  durationMs: number;
  cues: Cue[];
  engine: Engine;
}

/** The part from its beginning to its end: where it plays, who spoke, what was marked and what is missing. */
export function Timeline({ recording, segment, durationMs, cues, engine }: TimelineProps) {
  const lanes = useMemo(() => lanesOf(recording, segment, durationMs), [recording, segment, durationMs]);
  const markers = useMemo(
    () =>
      markersOf(cues).map(({ ms, entry }) => ({
        key: entry.seq,
        ms,
        text: entry.text ?? kindText(entry.kind),
      })),
    [cues, kindText("marker")],
  );
  const notes = useMemo(
    () => notesOf(recording.annotations, segment, durationMs),
    [recording.annotations, segment, durationMs],
  );
  const at = engine.positionMs.value;
  return (
    <div class="timeline" data-testid="timeline">
      <div class="timeline__row">
        <span class="player__time" data-testid="player-time">
          {mediaTime(at)} / {mediaTime(durationMs)}
        </span>
        <label class="govuk-visually-hidden" for="position">
          {t("player-position")}
        </label>
        <input
          id="position"
          type="range"
          min={0}
          max={durationMs}
          step={100}
          value={Math.round(at)}
          aria-valuetext={t("player-position-text", { at: mediaTime(at), length: mediaTime(durationMs) })}
          onInput={(event) => engine.seek(Number(event.currentTarget.value))}
        />
      </div>
      {markers.length > 0 ? (
        <Marks
          place="marks"
          title={t("timeline-markers")}
          marks={markers}
          durationMs={durationMs}
          engine={engine}
        />
      ) : null}
      {notes.length > 0 ? (
        <Marks
          place="notes"
          title={t("annotations-title")}
          marks={notes}
          durationMs={durationMs}
          engine={engine}
        />
      ) : null}
      {lanes.length > 0 ? (
        <>
          <Now lanes={lanes} at={at} />
          <ul class="timeline__lanes" aria-label={t("timeline-lanes")}>
            {lanes.map((lane) => (
              <LaneRow key={lane.participant} lane={lane} durationMs={durationMs} engine={engine} />
            ))}
          </ul>
          <Legend />
        </>
      ) : null}
    </div>
  );
}

/** Who speaks at this moment, and what of it is missing, in words. */
function Now({ lanes, at }: { lanes: Lane[]; at: number }) {
  const names = speakingAt(lanes, at).map(({ name }) => name);
  const gone = missingAt(lanes, at).map(({ name, source, cause }) => what(name, source, cause));
  return (
    <div class="timeline__now">
      <p data-testid="speaking">
        <Icon name="speaking" />
        {names.length > 0 ? t("timeline-speaking", { names: names.join(", ") }) : t("timeline-nobody")}
      </p>
      <p data-testid="missing-now">
        {gone.length > 0 ? t("timeline-missing", { what: gone.join("; ") }) : ""}
      </p>
    </div>
  );
}

function what(name: string, source: Source, cause: string): string {
  return t("timeline-gap", { what: t("gaps-track", { name, source }), cause: causeText(cause) });
}

interface LineProps {
  durationMs: number;
  engine: Engine;
}

/** One drawing for all there is of a line, however much that is. */
function Drawing({ strips, durationMs, engine }: { strips: Strip[] } & LineProps) {
  const paths = useMemo(
    () => strips.map(({ spans, place }) => path(spans, durationMs, PLACES[place].top, PLACES[place].height)),
    [strips, durationMs],
  );
  const now = durationMs > 0 ? (engine.positionMs.value / durationMs) * STEPS : 0;
  return (
    <svg
      class="timeline__drawing"
      viewBox={`0 0 ${STEPS} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {strips.map(({ place, title }, i) => (
        <path key={`${place} ${title}`} class={PLACES[place].style} d={paths[i]}>
          <title>{title}</title>
        </path>
      ))}
      <path class="timeline__head" d={`M${now.toFixed(1)} 0V${HEIGHT}`} />
    </svg>
  );
}

function LaneRow({ lane, durationMs, engine }: { lane: Lane } & LineProps) {
  const { name, spoke, gaps } = lane;
  const strips = useMemo(
    (): Strip[] => [
      { place: "speech", spans: spoke, title: t("timeline-spoke") },
      ...gaps.map(({ source, cause, spans }): Strip => {
        const place = source === "microphone" ? "sound" : "picture";
        return { place, spans, title: what(name, source, cause) };
      }),
    ],
    [lane, t("timeline-spoke")],
  );
  const drawing = <Drawing strips={strips} durationMs={durationMs} engine={engine} />;
  const speaks = speakingAt([lane], engine.positionMs.value).length > 0;
  const go = (ms: number | null) => {
    if (ms !== null) engine.seek(ms);
  };
  return (
    <li class="timeline__row timeline__lane" data-testid="lane" data-speaks={speaks}>
      <span class="timeline__name">{name}</span>
      {spoke.length === 0 ? (
        <div class="timeline__line">{drawing}</div>
      ) : (
        <button
          type="button"
          class="timeline__line"
          aria-describedby="timeline-keys"
          onClick={(event) => {
            const { left, width } = event.currentTarget
              .getElementsByTagName("svg")[0]
              ?.getBoundingClientRect() ?? {
              left: 0,
              width: 0,
            };
            // Pressed by a key, or by a program: there is no place on the line.
            if (event.detail === 0 || width === 0) go(spellAfter(spoke, engine.positionMs.value));
            else go(Math.max(0, Math.min(1, (event.clientX - left) / width)) * durationMs);
          }}
          onKeyDown={(event) => {
            const step = { ArrowLeft: spellBefore, ArrowRight: spellAfter }[event.key];
            if (!step) return;
            event.preventDefault();
            go(step(spoke, engine.positionMs.value));
          }}
        >
          <span class="govuk-visually-hidden">{t("timeline-lane", { name, count: spoke.length })}</span>
          {drawing}
        </button>
      )}
      {gaps.length > 0 ? <p class="timeline__gaps">{gaps.map(gapText).join(" · ")}</p> : null}
    </li>
  );
}

function gapText({ source, cause, spans }: Lane["gaps"][number]): string {
  const total = spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - fromMs), 0);
  return t("timeline-gaps", { source, cause: causeText(cause), total: fineTimeUp(total) });
}

/** Moments on a line of their own, and each as a button that goes there. */
function Marks(props: { place: "marks" | "notes"; title: string; marks: Mark[] } & LineProps) {
  const { place, title, marks, durationMs, engine } = props;
  const strips = useMemo(
    (): Strip[] => [{ place, title, spans: marks.map(({ ms }) => ({ fromMs: ms, toMs: ms })) }],
    [place, marks, title],
  );
  return (
    <div class="timeline__row">
      <span class="timeline__name">{title}</span>
      <div class="timeline__line timeline__line--marks">
        <Drawing strips={strips} durationMs={durationMs} engine={engine} />
      </div>
      <ol class="timeline__marks" aria-label={title}>
        {marks.map(({ key, ms, text }) => (
          <li key={key}>
            <button
              type="button"
              class="timeline__jump"
              data-testid={place === "marks" ? "timeline-marker" : "timeline-note"}
              onClick={() => engine.seek(ms)}
            >
              <span class="timeline__at">{mediaTime(ms)}</span> {text}
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** What the colours mean; each has its own place on the line as well. */
function Legend() {
  const words = [
    ["picture", t("timeline-no-picture")],
    ["speech", t("timeline-spoke")],
    ["sound", t("timeline-no-sound")],
  ] as const;
  return (
    <>
      <ul class="timeline__legend" aria-hidden="true">
        {words.map(([place, text]) => (
          <li key={place}>
            <svg viewBox={`0 0 ${HEIGHT} ${HEIGHT}`} focusable="false" aria-hidden="true">
              <path
                class={PLACES[place].style}
                d={`M0 ${PLACES[place].top}h${HEIGHT}v${PLACES[place].height}h-${HEIGHT}z`}
              />
            </svg>
            {text}
          </li>
        ))}
      </ul>
      <p id="timeline-keys" class="timeline__keys">
        {t("timeline-keys")}
      </p>
    </>
  );
}
