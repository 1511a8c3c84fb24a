import { useSignal } from "@preact/signals";
import { localToRfc3339, zone } from "../../core/format";
import { intoView } from "../../core/into-view";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import type { Act, HearingView, Room } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { Dialog } from "../dialog/dialog";
import { Icon } from "../icon/icon";

const TEXT_CHARS_MAX = 500;

type Asked = "adjourn" | "suspend" | "close" | null;

/** What the court needs now and then: retiring, closing to the public, a marker, and the ways in which a sitting ends. */
export function Sitting({ live }: { live: Live }) {
  const asked = useSignal<Asked>(null);
  const view = live.hearing.view.value;
  if (!view) return null;
  const { state } = view;
  const over = state === "adjourned" || state === "closed";
  const presides = live.hearing.can("preside") && !over;
  const moves = live.hearing.can("admit") && !over;
  const retiring = retirement(view, live.hearing.you.value?.participant ?? null);
  if (over) return null;
  return (
    <section class="bench__part" aria-labelledby="bench-more">
      <h2 id="bench-more" class="bench__heading">
        {t("bench-more")}
      </h2>
      <div class="bench__buttons">
        {moves && retiring.out.length > 0 ? (
          <ActButton live={live} act={retiring.out} label={t("bench-retire")} icon="leave" testid="retire" />
        ) : null}
        {live.hearing.can("in_camera") ? (
          <ActButton
            live={live}
            act={{ act: "in_camera", on: !view.in_camera }}
            label={t(view.in_camera ? "bench-in-public" : "bench-in-camera")}
            icon="lock"
            testid="in-camera"
          />
        ) : null}
      </div>
      {live.hearing.can("mark") ? <Marker live={live} /> : null}
      {presides ? (
        <details
          class="bench__end"
          onToggle={(event) => {
            // It unfolds at the end of the bench, where the line of acts stands over it.
            if (event.currentTarget.open) intoView(event.currentTarget);
          }}
        >
          <summary class="govuk-button govuk-button--secondary">
            <span>{t("bench-end")}</span>
            <Icon name="menu" />
          </summary>
          <div class="bench__buttons">
            {state === "in_session" ? (
              <button
                type="button"
                class="govuk-button govuk-button--secondary act"
                data-testid="suspend"
                onClick={() => (asked.value = "suspend")}
              >
                {t("bench-suspend")}
              </button>
            ) : null}
            <button
              type="button"
              class="govuk-button govuk-button--secondary act"
              data-testid="adjourn"
              onClick={() => (asked.value = "adjourn")}
            >
              {t("bench-adjourn")}
            </button>
            <button
              type="button"
              class="govuk-button govuk-button--warning act"
              data-testid="close"
              onClick={() => (asked.value = "close")}
            >
              <Icon name="seal" />
              <span>{t("bench-close")}</span>
            </button>
          </div>
        </details>
      ) : null}
      {asked.value === "close" ? (
        <Dialog
          title={t("close-title")}
          confirm={t("close-confirm")}
          danger
          onCancel={() => (asked.value = null)}
          onConfirm={() => {
            asked.value = null;
            void live.act({ act: "close" });
          }}
        >
          <p class="govuk-body">{t("close-text")}</p>
        </Dialog>
      ) : null}
      {asked.value === "adjourn" || asked.value === "suspend" ? (
        <WithReason live={live} kind={asked.value} onDone={() => (asked.value = null)} />
      ) : null}
    </section>
  );
}

/**
 * The bench retires together, whoever presses last, so that the acts of all arrive; a hearing in session is paused
 * first. It comes back together too, and then goes on when somebody says so.
 */
export function retirement(view: HearingView, self: string | null): { out: Act[]; back: Act[] } {
  const bench = view.participants
    .filter((p) => p.role === "judge" || p.role === "panel_member")
    .sort((a, b) => Number(a.id === self) - Number(b.id === self));
  const to = (room: Room, from: "in_hearing" | "retired"): Act[] =>
    bench.filter((p) => p.state === from).map((p) => ({ act: "move", participant: p.id, room }));
  const out = to("retiring_room", "in_hearing");
  const pause: Act[] = view.state === "in_session" ? [{ act: "pause" }] : [];
  return { out: out.length > 0 ? [...pause, ...out] : [], back: to("hearing_room", "retired") };
}

function WithReason({ live, kind, onDone }: { live: Live; kind: "adjourn" | "suspend"; onDone: () => void }) {
  const reason = useSignal("");
  const next = useSignal("");
  return (
    <Dialog
      title={t(`${kind}-title`)}
      confirm={t(`${kind}-confirm`)}
      danger={kind === "adjourn"}
      onCancel={onDone}
      onConfirm={() => {
        onDone();
        void live.act(
          kind === "adjourn"
            ? { act: "adjourn", reason: reason.value.trim(), next: localToRfc3339(next.value) }
            : { act: "suspend", reason: reason.value.trim() },
        );
      }}
    >
      <p class="govuk-body">{t(`${kind}-text`)}</p>
      <div class="govuk-form-group">
        <label class="govuk-label" for="reason">
          {t("reason")}
        </label>
        <input
          id="reason"
          class="govuk-input"
          required
          maxLength={TEXT_CHARS_MAX}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </div>
      {kind === "adjourn" ? (
        <div class="govuk-form-group">
          <label class="govuk-label" for="next">
            {t("adjourn-next")}
          </label>
          <div class="govuk-hint" id="next-hint">
            {t("adjourn-next-hint")}{" "}
            {t("time-of-device", { zone: zone(next.value || Date.now(), locale.value) })}
          </div>
          <input
            id="next"
            type="datetime-local"
            class="govuk-input"
            aria-describedby="next-hint"
            value={next.value}
            onInput={(event) => (next.value = event.currentTarget.value)}
          />
        </div>
      ) : null}
    </Dialog>
  );
}

/** A note with the time of the moment, for whoever looks for it in the log later. */
function Marker({ live }: { live: Live }) {
  const text = useSignal("");
  return (
    <form
      class="marker"
      onSubmit={(event) => {
        event.preventDefault();
        const note = text.value.trim();
        if (note === "") return;
        text.value = "";
        void live.act({ act: "mark", text: note }).then((problem) => {
          // What was written is not lost with the act.
          if (problem && text.value === "") text.value = note;
        });
      }}
    >
      <label class="marker__label" for="marker">
        {t("bench-marker")}
      </label>
      <div class="marker__row">
        <input
          id="marker"
          class="govuk-input"
          maxLength={TEXT_CHARS_MAX}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button type="submit" class="govuk-button govuk-button--secondary act" data-testid="mark">
          {t("bench-mark")}
        </button>
      </div>
    </form>
  );
}
