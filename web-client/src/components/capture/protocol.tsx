import { useSignal } from "@preact/signals";
import { firstOpen, isOf, keyOf, witnessOf } from "../../core/capture";
import { dateTime } from "../../core/format";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import type { Act, CaptureView, HearingView, StepView, WitnessFor } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { Dialog } from "../dialog/dialog";
import { Icon } from "../icon/icon";
import { useCourtTime } from "./clock";
import { Objections } from "./objections";

const TEXT_CHARS_MAX = 500;

interface StepProps {
  live: Live;
  view: HearingView;
  capture: CaptureView;
  step: StepView;
}

/** For whoever takes the testimony: the steps of the protocol, and of the one that is next what to do and to say. */
export function Protocol({ live }: { live: Live }) {
  const chosen = useSignal<string | null>(null);
  const view = live.hearing.view.value;
  const capture = view?.capture;
  if (!view || !capture || !live.hearing.can("capture_testimony")) return null;
  const next = firstOpen(capture);
  // One that was taken or left out closes by itself, and the next one opens.
  const picked = capture.steps.find((s) => keyOf(s) === chosen.value);
  const shown = picked ?? next;
  const left = capture.steps.filter((s) => s.state === "open").length;
  return (
    <section class="bench__part capture" aria-labelledby="capture-title" data-testid="protocol">
      <h2 id="capture-title" class="bench__heading">
        {t("capture-title")}
        <span class="bench__state" data-testid="capture-left" data-left={left}>
          {left === 0 ? t("capture-all-done") : t("capture-left", { count: left })}
        </span>
      </h2>
      <Objections live={live} capture={capture} view={view} />
      <ol class="capture__steps">
        {capture.steps.map((step) => (
          <li
            key={keyOf(step)}
            class={`capture__step capture__step--${step.state}`}
            data-testid={`step-${step.step.replaceAll("_", "-")}`}
            data-state={step.state}
            aria-current={step === next ? "step" : undefined}
          >
            <Head
              live={live}
              step={step}
              open={step === shown}
              onPick={() => (chosen.value = step === shown ? null : keyOf(step))}
            />
            {step === shown ? <Body key={keyOf(step)} {...{ live, view, capture, step }} /> : null}
          </li>
        ))}
      </ol>
      {left === 0 ? <p class="capture__done">{t("capture-close")}</p> : null}
    </section>
  );
}

export function stepTitle(step: StepView, view: HearingView | null): string {
  const name = view?.participants.find((p) => p.id === step.counsel)?.name;
  const id = `capture-step-${step.step.replaceAll("_", "-")}`;
  return name ? t("capture-step-examination-by", { name }) : t(id);
}

function Head(props: { live: Live; step: StepView; open: boolean; onPick: () => void }) {
  const { step, open } = props;
  const icon = step.state === "done" ? "check" : step.state === "left_out" ? "cross" : "clock";
  return (
    <>
      <h3 class="capture__head">
        <button type="button" class="capture__pick" aria-expanded={open} onClick={props.onPick}>
          <Icon name={icon} />
          <span>
            {stepTitle(step, props.live.hearing.view.value)}
            <span class="govuk-visually-hidden">
              {" "}
              – {t(`capture-state-${step.state.replaceAll("_", "-")}`)}
            </span>
          </span>
        </button>
      </h3>
      {step.reason ? <p class="capture__why">{t("capture-left-out-why", { reason: step.reason })}</p> : null}
    </>
  );
}

/** Of one step: what is to be said, as a text to read aloud, and how it is entered. */
function Body({ live, view, capture, step }: StepProps) {
  const leaving = useSignal(false);
  const opening = {
    witness: useSignal(capture.witness ?? witnessOf(view)?.id ?? ""),
    whose: useSignal<WitnessFor>(capture.witness_for ?? "prosecution"),
    place: useSignal(capture.place ?? ""),
  };
  const text = useSignal("");
  const now = useCourtTime(live);
  const id = step.step.replaceAll("_", "-");
  const nameOf = (of: string | null) => view.participants.find((p) => p.id === of)?.name ?? "…";
  const witness =
    step.step === "opening" ? opening.witness.value : (capture.witness ?? witnessOf(view)?.id ?? null);
  const records = view.record_since !== null;
  return (
    <div class="capture__body">
      <p class="capture__say-title">{t("capture-say")}</p>
      <blockquote class="capture__say" data-testid="capture-say">
        {t(`capture-say-${id}`, {
          operator: live.hearing.you.value?.name ?? "",
          case: view.case_reference,
          date: dateTime(now, locale.value),
          witness: nameOf(witness),
          whose: step.step === "opening" ? opening.whose.value : (capture.witness_for ?? "court"),
          place: (step.step === "opening" ? opening.place.value : capture.place) || "…",
          counsel: nameOf(step.counsel),
          custody: text.value || "…",
        })}
      </blockquote>
      {step.step === "opening" ? (
        <Opening live={live} view={view} opening={opening} />
      ) : step.step === "witness_room" || step.step === "closing" ? (
        <Field id={`capture-${id}-field`} label={t(`capture-${id}-field`)} value={text} />
      ) : null}
      {records ? (
        <div class="bench__buttons">
          <Buttons {...{ live, view, capture, step, witness }} opening={opening} text={text.value.trim()} />
        </div>
      ) : (
        <p class="capture__off" role="status">
          {t("capture-off-record")}
        </p>
      )}
      {step.state === "open" ? (
        <button
          type="button"
          class="capture__leave"
          data-testid={`leave-out-${id}`}
          onClick={() => (leaving.value = true)}
        >
          {t("capture-leave-out")}
          <span class="govuk-visually-hidden"> {stepTitle(step, view)}</span>
        </button>
      ) : null}
      {leaving.value ? (
        <LeaveOut live={live} step={step} view={view} onDone={() => (leaving.value = false)} />
      ) : null}
    </div>
  );
}

interface OpeningFields {
  witness: { value: string };
  whose: { value: WitnessFor };
  place: { value: string };
}

function Opening({ view, opening }: { live: Live; view: HearingView; opening: OpeningFields }) {
  const witnesses = view.participants.filter((p) => p.role === "witness" || p.role === "expert");
  return (
    <>
      <div class="capture__field">
        <label for="capture-witness">{t("capture-witness")}</label>
        <select
          id="capture-witness"
          class="govuk-select"
          value={opening.witness.value}
          onChange={(event) => (opening.witness.value = event.currentTarget.value)}
        >
          {witnesses.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </select>
      </div>
      <div class="capture__field">
        <label for="capture-whose">{t("capture-whose")}</label>
        <select
          id="capture-whose"
          class="govuk-select"
          value={opening.whose.value}
          onChange={(event) => (opening.whose.value = event.currentTarget.value as WitnessFor)}
        >
          {(["prosecution", "defence", "court"] as const).map((whose) => (
            <option key={whose} value={whose}>
              {t(`capture-whose-${whose}`)}
            </option>
          ))}
        </select>
      </div>
      <Field id="capture-place" label={t("capture-place")} value={opening.place} />
    </>
  );
}

function Field({ id, label, value }: { id: string; label: string; value: { value: string } }) {
  return (
    <div class="capture__field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="govuk-input"
        maxLength={TEXT_CHARS_MAX}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </div>
  );
}

interface ButtonsProps extends StepProps {
  witness: string | null;
  opening: OpeningFields;
  text: string;
}

/** How the step is entered. A step whose words are not all there has no button yet. */
function Buttons({ live, view, capture, step, witness, opening, text }: ButtonsProps) {
  const enter = (act: Act, label = t("capture-enter"), testid = "capture-enter") => (
    <ActButton live={live} act={act} label={label} variant="primary" testid={testid} />
  );
  const missing = (id: string) => <p class="bench__none">{t(id)}</p>;
  const empty = (field: string) => <p class="bench__none">{t("capture-no-text", { field: t(field) })}</p>;
  switch (step.step) {
    case "opening": {
      const place = opening.place.value.trim();
      if (!witness) return missing("capture-no-witness");
      if (place === "") return empty("capture-place");
      return enter({ act: "state_opening", witness, witness_for: opening.whose.value, place });
    }
    case "present":
      return enter({ act: "state_present" });
    case "witness_room":
      return text === ""
        ? empty("capture-witness-room-field")
        : enter({ act: "state_witness_room", others: text });
    case "closing":
      return text === "" ? empty("capture-closing-field") : enter({ act: "state_closing", custody: text });
    case "call": {
      const waits = view.participants.some((p) => p.id === witness && p.state === "waiting");
      if (!witness || !waits) return missing("capture-not-waiting");
      return enter({ act: "call", participant: witness }, t("person-call"));
    }
    case "identity":
    case "oath":
    case "release": {
      if (!witness || !isOf(view, witness)) return missing("capture-not-here");
      if (step.step === "identity")
        return enter({ act: "identify", participant: witness }, t("person-identify"));
      if (step.step === "release")
        return enter({ act: "release", participant: witness }, t("person-release"));
      return (
        <>
          {enter({ act: "swear", participant: witness, form: "oath" }, t("person-oath"), "capture-oath")}
          {enter(
            { act: "swear", participant: witness, form: "affirmation" },
            t("person-affirm"),
            "capture-affirm",
          )}
        </>
      );
    }
    case "examination":
      return <Examine live={live} view={view} capture={capture} step={step} witness={witness} />;
  }
}

function Examine({ live, view, capture, step, witness }: StepProps & { witness: string | null }) {
  // Where no counsel is on the list, the court asks.
  const by = step.counsel ?? live.hearing.you.value?.participant ?? null;
  const here = view.participants.some((p) => p.id === by && p.state === "in_hearing");
  if (!by || !here || !witness || !isOf(view, witness))
    return <p class="bench__none">{t(here ? "capture-not-here" : "capture-counsel-not-here")}</p>;
  const asks = capture.examining === by;
  return (
    <ActButton
      live={live}
      act={{ act: "examine", participant: by, on: !asks }}
      label={t(asks ? "capture-examine-end" : "capture-examine-begin")}
      variant="primary"
      testid={asks ? "examine-end" : "examine-begin"}
    />
  );
}

function LeaveOut(props: { live: Live; step: StepView; view: HearingView; onDone: () => void }) {
  const { live, step, view, onDone } = props;
  const reason = useSignal("");
  return (
    <Dialog
      title={t("capture-leave-out-title", { step: stepTitle(step, view) })}
      confirm={t("capture-leave-out")}
      onCancel={onDone}
      onConfirm={() => {
        onDone();
        const counsel = step.counsel === null ? {} : { counsel: step.counsel };
        void live.act({ act: "leave_out", step: step.step, ...counsel, reason: reason.value.trim() });
      }}
    >
      <p class="govuk-body">{t("capture-leave-out-text")}</p>
      <div class="govuk-form-group">
        <label class="govuk-label" for="leave-out-reason">
          {t("reason")}
        </label>
        <input
          id="leave-out-reason"
          class="govuk-input"
          required
          maxLength={TEXT_CHARS_MAX}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </div>
    </Dialog>
  );
}
