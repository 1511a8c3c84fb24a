import { useSignal } from "@preact/signals";
import { problemOf } from "../../core/api";
import { t } from "../../core/text";
import type { Problem, RetentionClass, SetRetention } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";

const CLASSES: RetentionClass[] = ["acquittal", "non_custodial", "custodial", "life"];

/** How the case was decided: from that follows for how long its recordings are kept. */
export function RuleForm({ onSet }: { onSet: (body: SetRetention) => Promise<void> }) {
  const chosen = useSignal<RetentionClass>("acquittal");
  const day = useSignal("");
  const months = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const open = useSignal(false);
  return (
    <details
      class="govuk-details"
      open={open.value}
      onToggle={(event) => (open.value = event.currentTarget.open)}
    >
      <summary class="govuk-details__summary" data-testid="retention-set-open">
        <span class="govuk-details__summary-text">{t("retention-set")}</span>
      </summary>
      <form
        class="govuk-details__text"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            problem.value = null;
            await onSet({
              class: chosen.value,
              decided_on: day.value,
              sentence_months: chosen.value === "custodial" ? Number(months.value) : null,
            });
            open.value = false;
          } catch (error) {
            problem.value = problemOf(error);
          }
        }}
      >
        {problem.value ? <ProblemNotice problem={problem.value} /> : null}
        <div class="govuk-form-group">
          <label class="govuk-label" for="retention-class">
            {t("retention-class")}
          </label>
          <select
            id="retention-class"
            class="govuk-select request__choice"
            value={chosen.value}
            onChange={(event) => (chosen.value = CLASSES[event.currentTarget.selectedIndex] ?? "acquittal")}
          >
            {CLASSES.map((one) => (
              <option key={one} value={one}>
                {t(`retention-class-${one.replaceAll("_", "-")}`)}
              </option>
            ))}
          </select>
        </div>
        <div class="govuk-form-group">
          <label class="govuk-label" for="retention-day">
            {t("retention-day")}
          </label>
          <input
            id="retention-day"
            type="date"
            class="govuk-input govuk-input--width-10"
            required
            value={day.value}
            onInput={(event) => (day.value = event.currentTarget.value)}
          />
        </div>
        {chosen.value === "custodial" ? (
          <div class="govuk-form-group">
            <label class="govuk-label" for="retention-months">
              {t("retention-months")}
            </label>
            <input
              id="retention-months"
              type="number"
              min={1}
              max={1200}
              class="govuk-input govuk-input--width-5"
              required
              value={months.value}
              onInput={(event) => (months.value = event.currentTarget.value)}
            />
          </div>
        ) : null}
        <button type="submit" class="govuk-button" data-testid="retention-set">
          {t("retention-set-now")}
        </button>
      </form>
    </details>
  );
}
