import { exactTime } from "../../core/redaction";
import { t } from "../../core/text";
import type { RedactedInterval } from "../../core/wire";

/** What is taken out, line by line. `nameOf` gives a person's name by their identifier. */
export function Intervals(props: {
  intervals: RedactedInterval[];
  nameOf: (participant: string) => string;
  onRemove?: (index: number) => void;
}) {
  return (
    <ol class="redactions__intervals">
      {props.intervals.map((interval, i) => {
        const text = intervalText(interval, props.nameOf);
        return (
          <li key={`${i}-${text}`} data-testid="redaction-interval">
            <span>{text}</span>
            {props.onRemove ? (
              <button type="button" class="log__play" onClick={() => props.onRemove?.(i)}>
                {t("redactions-remove")}
                <span class="govuk-visually-hidden"> {text}</span>
              </button>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

/** Which entries of the court log are taken out as well; nothing where none is. */
export function LogEntries({ numbers }: { numbers: number[] }) {
  if (numbers.length === 0) return null;
  return (
    <p class="govuk-body" data-testid="redaction-log-entries">
      {t("redactions-log-entries", { numbers: numbers.join(", ") })}
    </p>
  );
}

function intervalText(interval: RedactedInterval, nameOf: (participant: string) => string): string {
  const span = {
    segment: interval.segment,
    from: exactTime(interval.from_ms),
    to: exactTime(interval.to_ms),
  };
  const { kind, participant } = interval;
  const all = kind !== "cut" && participant === null;
  return t(`redactions-is-${all ? `${kind}-all` : kind}`, { ...span, name: nameOf(participant ?? "") });
}
