import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, mediaTime, offset } from "../../core/format";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import { Icon } from "../icon/icon";

const TICK_MS = 250;

/** The present moment by the court's clock, for as long as one looks. */
export function useCourtTime(live: Live): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now.value + live.hearing.clockOffset.value;
}

/** What time it is in court, and how long the part of the record that runs has lasted. Everybody in the room sees the same. */
export function CaptureClock({ live }: { live: Live }) {
  const now = useCourtTime(live);
  const view = live.hearing.view.value;
  if (!view?.capture) return null;
  const connected = live.connection.state.value === "connected";
  const since = view.record_since;
  return (
    <p class="capture__clock" data-testid="capture-clock" role="timer" aria-live="off">
      <Icon name="clock" />
      <span>
        <span class="govuk-visually-hidden">{t("capture-clock")} </span>
        <time data-testid="capture-time">{clock(now, locale.value)}</time> {offset(now)}
      </span>
      <span data-testid="capture-elapsed" data-since={since ?? ""}>
        {/* Without a connection nobody here knows whether the record still runs. */}
        {since === null || !connected
          ? t(connected ? "capture-clock-off" : "capture-clock-unknown")
          : t("capture-clock-on", { time: mediaTime(now - since) })}
      </span>
    </p>
  );
}
