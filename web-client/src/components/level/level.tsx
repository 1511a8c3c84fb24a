import { t } from "../../core/text";

/** How loud the microphone is. `level` as root mean square, 0 to 1; shown by its logarithm, as ears hear. */
export function LevelMeter({ level }: { level: number }) {
  const steps = level <= 0.0005 ? 0 : Math.max(0, Math.min(12, Math.round(12 + 4 * Math.log10(level))));
  return (
    <div class="level" data-testid="level" data-steps={steps}>
      <span class="level__label" id="level-label">
        {t("check-level")}
      </span>
      <meter class="govuk-visually-hidden" min={0} max={12} value={steps} aria-labelledby="level-label" />
      <span class="level__bars" aria-hidden="true">
        {Array.from({ length: 12 }, (_, i) => (
          <span key={i} class={i < steps ? "level__bar level__bar--on" : "level__bar"} />
        ))}
      </span>
    </div>
  );
}
