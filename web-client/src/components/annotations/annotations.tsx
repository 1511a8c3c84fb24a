import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { mediaTime, shortDateTime, zone } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { Annotation, Problem, RecordingId } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";
import { ProblemNotice } from "../problem/problem";

/** As the server has it. */
const NOTE_CHARS_MAX = 500;

interface AnnotationsProps {
  recording: RecordingId;
  annotations: Annotation[];
  /** The moment that the player is at; asked when somebody begins to write. */
  now: () => Place | null;
  onPlay: (place: Place) => void;
  onChanged: () => void;
}

/** Notes that were made after the seal, each at its moment; and a new one, at the moment at which the player stands. */
export function Annotations({ recording, annotations, now, onPlay, onChanged }: AnnotationsProps) {
  return (
    <Fold
      id="annotations"
      title={t("annotations-title")}
      sum={t("annotations-sum", { count: annotations.length })}
    >
      <p class="govuk-body">{t("annotations-text")}</p>
      {annotations.length > 0 ? (
        <>
          <p class="govuk-hint">
            {t("times-in-zone", { zone: zone(annotations[0]?.at ?? Date.now(), locale.value) })}
          </p>
          <ol class="log">
            {annotations.map((note) => (
              <li class="log__row log__row--gap" key={note.seq} data-testid="annotation">
                <span class="log__what">
                  <strong>{note.text}</strong>{" "}
                  {t("annotations-by", {
                    by: whoText(note.by),
                    when: shortDateTime(note.at, locale.value),
                    segment: note.segment,
                  })}
                </span>
                <button
                  type="button"
                  class="log__play"
                  onClick={() => onPlay({ segment: note.segment, ms: note.media_ms })}
                >
                  {t("log-play", { at: mediaTime(note.media_ms) })}
                  <span class="govuk-visually-hidden"> {note.text}</span>
                </button>
              </li>
            ))}
          </ol>
        </>
      ) : null}
      <NewAnnotation recording={recording} now={now} onChanged={onChanged} />
    </Fold>
  );
}

function NewAnnotation({
  recording,
  now,
  onChanged,
}: Pick<AnnotationsProps, "recording" | "now" | "onChanged">) {
  const { api } = useApp();
  const text = useSignal("");
  // The moment at which somebody began to write: the player may run on meanwhile.
  const place = useSignal<Place | null>(null);
  const problem = useSignal<Problem | null>(null);
  const saving = useSignal(false);
  const said = useSignal("");
  const save = async () => {
    const at = place.value ?? now();
    if (!at || saving.value || text.value.trim() === "") return;
    saving.value = true;
    problem.value = null;
    try {
      await api.annotate(recording, { segment: at.segment, media_ms: Math.round(at.ms), text: text.value });
      said.value = t("annotations-saved", { at: mediaTime(at.ms), segment: at.segment });
      text.value = "";
      place.value = null;
      onChanged();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      saving.value = false;
    }
  };
  return (
    <form
      class="annotations__new"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label class="govuk-label" for="annotation-text">
        {t("annotations-new")}
      </label>
      <p class="govuk-hint" id="annotation-hint">
        {place.value
          ? t("annotations-at", { at: mediaTime(place.value.ms), segment: place.value.segment })
          : t("annotations-where")}
      </p>
      <input
        class="govuk-input"
        id="annotation-text"
        aria-describedby="annotation-hint"
        maxLength={NOTE_CHARS_MAX}
        autocomplete="off"
        value={text.value}
        onInput={(event) => {
          if (text.value === "" || !place.value) place.value = now();
          text.value = event.currentTarget.value;
          said.value = "";
        }}
      />
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      <button
        type="submit"
        class="govuk-button govuk-button--secondary"
        aria-disabled={saving.value || text.value.trim() === ""}
      >
        {t("annotations-save")}
      </button>
      <p role="status" class="govuk-body">
        {said.value}
      </p>
    </form>
  );
}
