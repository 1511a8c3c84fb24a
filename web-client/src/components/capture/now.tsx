import { firstOpen } from "../../core/capture";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { CaptureView, HearingView } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { CaptureClock } from "./clock";

/**
 * For everybody in the room while testimony is recorded in advance: the clock, what happens now, and what one can do: the
 * witness asks for a break, counsel objects.
 */
export function CaptureNow({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  const capture = view?.capture;
  const self = live.hearing.self.value;
  if (!view || !capture || !self || self.state !== "in_hearing") return null;
  const witness = self.id === capture.witness;
  return (
    <section class="capture-now" aria-label={t("capture-now")} data-testid="capture-now">
      <CaptureClock live={live} />
      {/* Whoever takes the testimony reads it step by step beside this. */}
      {live.hearing.can("capture_testimony") ? null : (
        <p class="capture-now__text" role="status" data-testid="capture-now-text">
          {happens(view, capture, witness)}
        </p>
      )}
      {witness ? <Break live={live} up={self.hand_raised} /> : null}
      {live.hearing.can("object") ? <ObjectNow live={live} capture={capture} self={self.id} /> : null}
    </section>
  );
}

/** What happens at this moment, in plain words; to the witness it says what is asked of them. */
function happens(view: HearingView, capture: CaptureView, witness: boolean): string {
  const to = witness ? "witness" : "room";
  if (view.state !== "in_session") return t(`capture-${to}-stands`);
  if (view.record_since === null) return t(`capture-${to}-off-record`);
  const objection = capture.objections.find((o) => o.ruling === null);
  if (objection) return t(`capture-${to}-objection`);
  const asks = view.participants.find((p) => p.id === capture.examining)?.name;
  if (asks) return t(`capture-${to}-asks`, { name: asks });
  const step = firstOpen(capture)?.step;
  return t(`capture-${to}-${step ? step.replaceAll("_", "-") : "ends"}`);
}

function Break({ live, up }: { live: Live; up: boolean }) {
  return (
    <div class="capture-now__do">
      <ActButton
        live={live}
        act={{ act: "raise_hand", up: !up }}
        label={t(up ? "break-take-back" : "break-ask")}
        icon="hand"
        testid="ask-break"
      />
      <p class="capture-now__note" role="status">
        {t(up ? "break-asked" : "break-how")}
      </p>
    </div>
  );
}

function ObjectNow({ live, capture, self }: { live: Live; capture: CaptureView; self: string }) {
  const last = capture.objections.filter((o) => o.by === self).at(-1);
  const waits = last?.ruling === null;
  return (
    <div class="capture-now__do">
      {waits ? (
        <ActButton
          live={live}
          act={{ act: "rule", objection: last.number, ruling: "withdrawn" }}
          label={t("objection-withdraw")}
          testid="objection-withdraw"
        />
      ) : (
        <ActButton
          live={live}
          act={{ act: "object" }}
          label={t("objection-make")}
          icon="hand"
          variant="primary"
          testid="object"
        />
      )}
      <p class="capture-now__note" role="status" data-testid="objection-state">
        {last
          ? waits
            ? t("objection-waits", { number: last.number })
            : t("objection-ruled", { number: last.number, ruling: last.ruling ?? "" })
          : t("objection-how")}
      </p>
    </div>
  );
}
