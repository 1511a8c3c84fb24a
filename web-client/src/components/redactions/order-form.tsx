import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { exactTime, intervalFault, leftOutOf, parseTime, peopleFor } from "../../core/redaction";
import { t } from "../../core/text";
import type { Recording, RedactedInterval, RedactionKind } from "../../core/wire";
import type { Place } from "../player/player";
import { ReasonForm } from "../requests/reason-form";
import { Intervals } from "./intervals";
import { LeftOutOfLog, LogPicker } from "./log-picker";

const KINDS: RedactionKind[] = ["mute", "cover", "cut"];
/** As the server has it. */
const INTERVALS_MAX = 100;

interface OrderFormProps {
  recording: Recording;
  now: () => Place | null;
  onOrdered: () => Promise<void>;
}

/** For a judge: what is to be taken out, by the clock of the player or of the court log, on which order and why. */
export function OrderForm({ recording, now, onOrdered }: OrderFormProps) {
  const { api } = useApp();
  const kind = useSignal<RedactionKind>("mute");
  const segment = useSignal(recording.segments[0]?.segment ?? 1);
  const person = useSignal("");
  const from = useSignal("");
  const to = useSignal("");
  const fault = useSignal("");
  const said = useSignal("");
  const reference = useSignal("");
  const intervals = useSignal<RedactedInterval[]>([]);
  const named = useSignal<number[]>([]);
  const leftOut = leftOutOf(recording.log, intervals.value, named.value);
  const people = peopleFor(kind.value, recording.tracks, segment.value);
  const names = new Map(recording.tracks.map((track) => [track.participant, track.name]));
  const here = (end: "from" | "to") => {
    const at = now();
    if (!at) return;
    // Both ends lie in one part: where the player went on to another, the beginning is given anew.
    if (at.segment !== segment.value) {
      segment.value = at.segment;
      person.value = "";
      from.value = "";
      to.value = "";
    }
    (end === "from" ? from : to).value = exactTime(at.ms);
  };
  const add = () => {
    const [fromMs, toMs] = [parseTime(from.value), parseTime(to.value)];
    said.value = "";
    if (fromMs === null || toMs === null) {
      fault.value = t("redactions-fault-time");
      return;
    }
    const interval: RedactedInterval = {
      segment: segment.value,
      kind: kind.value,
      participant: people.has(person.value) ? person.value : null,
      from_ms: fromMs,
      to_ms: toMs,
    };
    const why = intervalFault(interval, recording.segments);
    fault.value = why ? t(`redactions-fault-${why}`) : "";
    if (why || intervals.value.length >= INTERVALS_MAX) return;
    intervals.value = [...intervals.value, interval];
    said.value = t("redactions-added", { count: intervals.value.length });
    from.value = "";
    to.value = "";
  };
  return (
    <ReasonForm
      id="redaction"
      title={t("redactions-order")}
      text={t("redactions-order-text")}
      button={t("redactions-order-now")}
      danger
      testid="redaction-order"
      onSubmit={async (reason) => {
        if (intervals.value.length === 0 && named.value.length === 0) {
          fault.value = t("redactions-fault-none");
          throw new Error(t("redactions-fault-none"));
        }
        await api.orderRedaction(recording.evidence.recording, {
          reference: reference.value.trim(),
          reason,
          intervals: intervals.value,
          log_entries: named.value,
        });
        intervals.value = [];
        named.value = [];
        reference.value = "";
        said.value = "";
        await onOrdered();
      }}
    >
      <fieldset class="govuk-fieldset redactions__new">
        <legend class="govuk-fieldset__legend">{t("redactions-interval")}</legend>
        <div class="redactions__fields">
          <div class="govuk-form-group">
            <label class="govuk-label" for="redaction-kind">
              {t("redactions-kind")}
            </label>
            <select
              id="redaction-kind"
              class="govuk-select"
              value={kind.value}
              onChange={(event) => {
                kind.value = event.currentTarget.value as RedactionKind;
              }}
            >
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {t(`redactions-kind-${one}`)}
                </option>
              ))}
            </select>
          </div>
          {recording.segments.length > 1 ? (
            <div class="govuk-form-group">
              <label class="govuk-label" for="redaction-segment">
                {t("player-segment")}
              </label>
              <select
                id="redaction-segment"
                class="govuk-select"
                value={segment.value}
                onChange={(event) => {
                  segment.value = Number(event.currentTarget.value);
                }}
              >
                {recording.segments.map((s) => (
                  <option key={s.segment} value={s.segment}>
                    {s.segment}
                  </option>
                ))}
              </select>
            </div>
          ) : null}
          {kind.value === "cut" ? null : (
            <div class="govuk-form-group">
              <label class="govuk-label" for="redaction-person">
                {t("redactions-of")}
              </label>
              <select
                id="redaction-person"
                class="govuk-select"
                value={people.has(person.value) ? person.value : ""}
                onChange={(event) => {
                  person.value = event.currentTarget.value;
                }}
              >
                <option value="">{t("redactions-of-all")}</option>
                {[...people].map(([id, name]) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </div>
          )}
          <TimeField
            id="redaction-from"
            label={t("redactions-from")}
            time={from}
            onHere={() => here("from")}
          />
          <TimeField id="redaction-to" label={t("redactions-to")} time={to} onHere={() => here("to")} />
        </div>
        <p class="govuk-hint" id="redaction-time-hint">
          {t("redactions-time-hint")}
        </p>
        {fault.value ? (
          <p class="evidence__warn" role="alert">
            {fault.value}
          </p>
        ) : null}
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="redaction-add"
          onClick={add}
        >
          {t("redactions-add")}
        </button>
        <p role="status" class="govuk-body">
          {said.value}
        </p>
      </fieldset>
      <Intervals
        intervals={intervals.value}
        nameOf={(id) => names.get(id) ?? id}
        onRemove={(index) => {
          intervals.value = intervals.value.filter((_, i) => i !== index);
        }}
      />
      <LogPicker log={recording.log} named={named} leftOut={leftOut} />
      <LeftOutOfLog
        log={recording.log}
        leftOut={leftOut}
        onRemove={(seq) => {
          named.value = named.value.filter((one) => one !== seq);
        }}
      />
      <div class="govuk-form-group">
        <label class="govuk-label" for="redaction-reference">
          {t("redactions-reference")}
        </label>
        <input
          id="redaction-reference"
          class="govuk-input"
          required
          maxLength={200}
          autocomplete="off"
          value={reference.value}
          data-testid="redaction-reference"
          onInput={(event) => {
            reference.value = event.currentTarget.value;
          }}
        />
      </div>
      <p class="govuk-hint">{t("redactions-reason-hint")}</p>
    </ReasonForm>
  );
}

function TimeField(props: { id: string; label: string; time: { value: string }; onHere: () => void }) {
  return (
    <div class="govuk-form-group">
      <label class="govuk-label" for={props.id}>
        {props.label}
      </label>
      <input
        id={props.id}
        class="govuk-input"
        inputMode="numeric"
        autocomplete="off"
        aria-describedby="redaction-time-hint"
        value={props.time.value}
        onInput={(event) => {
          props.time.value = event.currentTarget.value;
        }}
      />
      <button type="button" class="log__play" data-testid={`${props.id}-here`} onClick={props.onHere}>
        {t("redactions-here")}
        <span class="govuk-visually-hidden"> ({props.label})</span>
      </button>
    </div>
  );
}
