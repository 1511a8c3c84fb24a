import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { problemOf } from "../../core/api";
import { t } from "../../core/text";
import type { Problem } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";

export interface ReasonFormProps {
  /** Unique on the page. */
  id: string;
  /** What unfolds it. */
  title: string;
  /** What whoever reads it is to know before they press. */
  text?: string;
  button: string;
  danger?: boolean;
  testid: string;
  /** Further fields, above the reason. */
  children?: ComponentChildren;
  onSubmit: (reason: string) => Promise<void>;
}

/** An act that needs a reason: folded until it is wanted, so that nothing is done by a slip. */
export function ReasonForm(props: ReasonFormProps) {
  const reason = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const open = useSignal(false);
  return (
    <details
      class="govuk-details"
      open={open.value}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary class="govuk-details__summary" data-testid={`${props.testid}-open`}>
        <span class="govuk-details__summary-text">{props.title}</span>
      </summary>
      <form
        class="govuk-details__text"
        onSubmit={async (event) => {
          event.preventDefault();
          if (busy.value) return;
          busy.value = true;
          problem.value = null;
          try {
            await props.onSubmit(reason.value.trim());
            reason.value = "";
            open.value = false;
          } catch (error) {
            problem.value = problemOf(error);
          } finally {
            busy.value = false;
          }
        }}
      >
        {props.text ? <p class="govuk-body">{props.text}</p> : null}
        {problem.value ? <ProblemNotice problem={problem.value} /> : null}
        {props.children}
        <div class="govuk-form-group">
          <label class="govuk-label" for={`${props.id}-reason`}>
            {t("reason-label")}
          </label>
          <input
            id={`${props.id}-reason`}
            class="govuk-input"
            required
            maxLength={200}
            autocomplete="off"
            value={reason.value}
            data-testid={`${props.testid}-reason`}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </div>
        <button
          type="submit"
          class={props.danger ? "govuk-button govuk-button--warning" : "govuk-button"}
          aria-busy={busy.value}
          data-testid={props.testid}
        >
          {props.button}
        </button>
      </form>
    </details>
  );
}

const FORMS = ["access_copy", "bundle"] as const;

/** Which form of a recording is wanted. */
export function FormChoice(props: {
  id: string;
  value: "access_copy" | "bundle";
  onChange: (form: "access_copy" | "bundle") => void;
}) {
  return (
    // Not a list to choose from: on a phone its closed field cuts these words off.
    <fieldset class="govuk-fieldset govuk-form-group">
      <legend class="govuk-fieldset__legend">{t("request-form")}</legend>
      {FORMS.map((form) => (
        <label key={form} class="player__sound request__form">
          <input
            type="radio"
            name={`${props.id}-form`}
            checked={props.value === form}
            data-testid={`request-form-${form}`}
            onChange={() => props.onChange(form)}
          />
          <span>{t(`request-form-${form.replaceAll("_", "-")}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}
