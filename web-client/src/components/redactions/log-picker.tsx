import type { Signal } from "@preact/signals";
import { clock, mediaTime, offset } from "../../core/format";
import { type LeftOut, NAMED_MAX } from "../../core/redaction";
import { isSpeech } from "../../core/speech";
import { locale, t } from "../../core/text";
import type { LogEntry } from "../../core/wire";
import { EntryText, kindText } from "../log/log";

interface LogPickerProps {
  log: LogEntry[];
  /** Numbers of the entries that the order names. */
  named: Signal<number[]>;
  /** What the order as it stands takes out of the log. */
  leftOut: Map<number, LeftOut>;
}

/** The court log, to choose entries that are taken out beside what the intervals take out. */
export function LogPicker({ log, named, leftOut }: LogPickerProps) {
  const entries = log.filter((entry) => !isSpeech(entry));
  if (entries.length === 0) return null;
  const full = named.value.length >= NAMED_MAX;
  const choose = (seq: number, chosen: boolean) => {
    const others = named.value.filter((one) => one !== seq);
    named.value = chosen ? [...others, seq].sort((a, b) => a - b) : others;
  };
  return (
    <details class="govuk-details redactions__log">
      <summary class="govuk-details__summary" data-testid="redaction-log-open">
        <span class="govuk-details__summary-text">
          {t("redactions-log-choose", { count: named.value.length })}
        </span>
      </summary>
      <fieldset class="govuk-fieldset govuk-details__text" aria-describedby="redaction-log-hint">
        <legend class="govuk-visually-hidden">{t("redactions-log-legend")}</legend>
        <p class="govuk-hint" id="redaction-log-hint">
          {t("redactions-log-hint", { zone: offset(entries[0]?.at ?? "") })}
        </p>
        {full ? (
          <p class="govuk-hint" role="status">
            {t("redactions-log-full", { count: NAMED_MAX })}
          </p>
        ) : null}
        <div class="govuk-checkboxes govuk-checkboxes--small redactions__entries">
          {entries.map((entry) => {
            const id = `redaction-entry-${entry.seq}`;
            const chosen = named.value.includes(entry.seq);
            return (
              <div key={entry.seq} class="govuk-checkboxes__item" data-testid="redaction-entry">
                <input
                  id={id}
                  class="govuk-checkboxes__input"
                  type="checkbox"
                  checked={chosen}
                  disabled={full && !chosen}
                  onChange={(event) => choose(entry.seq, event.currentTarget.checked)}
                />
                <label class="govuk-label govuk-checkboxes__label" for={id}>
                  <span class="redactions__place">{placeText(entry)}</span> <EntryWords entry={entry} />
                  {leftOut.get(entry.seq)?.byInterval ? (
                    <span class="redactions__why">{t("redactions-log-by-interval")}</span>
                  ) : null}
                </label>
              </div>
            );
          })}
        </div>
      </fieldset>
    </details>
  );
}

/** What the order as it stands takes out of the court log, entry by entry. */
export function LeftOutOfLog(props: {
  log: LogEntry[];
  leftOut: Map<number, LeftOut>;
  onRemove: (seq: number) => void;
}) {
  const entries = props.log.filter((entry) => props.leftOut.has(entry.seq));
  if (entries.length === 0) return null;
  return (
    <>
      <p class="govuk-body">{t("redactions-log-left-out", { count: entries.length })}</p>
      <ul class="redactions__intervals" data-testid="redaction-left-out">
        {entries.map((entry) => {
          const why = props.leftOut.get(entry.seq);
          return (
            <li key={entry.seq} data-testid="redaction-left-out-entry">
              <span>
                {placeText(entry)} <EntryWords entry={entry} />
                {why?.frame ? <span class="redactions__why">{t("redactions-log-frame")}</span> : null}
                {why?.byInterval ? (
                  <span class="redactions__why">{t("redactions-log-by-interval")}</span>
                ) : null}
              </span>
              {why?.named ? (
                <button type="button" class="log__play" onClick={() => props.onRemove(entry.seq)}>
                  {t("redactions-remove")}
                  <span class="govuk-visually-hidden">
                    {" "}
                    {placeText(entry)} {kindText(entry.kind)}
                  </span>
                </button>
              ) : null}
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** As the label of a checkbox has it: no link in it. */
function EntryWords({ entry }: { entry: LogEntry }) {
  if (!entry.kind.startsWith("playback_")) return <EntryText entry={entry} />;
  return <strong>{kindText(entry.kind)}</strong>;
}

/** The number of an entry, its time of day, and where that is in the recording. */
function placeText(entry: LogEntry): string {
  const time = clock(entry.at, locale.value);
  const { seq, segment, media_ms: ms } = entry;
  if (segment === null || ms === null) return t("redactions-log-place", { seq, time });
  return t("redactions-log-place-on-record", { seq, time, segment, at: mediaTime(ms) });
}
