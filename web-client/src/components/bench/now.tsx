import { isApart } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { Act } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { useMeasured } from "../measured/measured";
import { retirement } from "./sitting";

/** What the court needs at any moment: begin, the record, pause, resume. Only what is possible now is offered. */
export function SittingNow({ live }: { live: Live }) {
  const box = useMeasured<HTMLElement>("--bench-now");
  const view = live.hearing.view.value;
  if (!view) return null;
  const { state, recording } = view;
  const over = state === "adjourned" || state === "closed";
  const interrupted = state === "paused" || state === "suspended";
  const presides = live.hearing.can("preside") && !over;
  const records = live.hearing.can("record");
  const connected = live.connection.state.value === "connected";
  const retiring = retirement(view, live.hearing.you.value?.participant ?? null);
  const button = (
    act: Act | readonly Act[],
    id: string,
    extra: Partial<Parameters<typeof ActButton>[0]> = {},
  ) => <ActButton live={live} act={act} label={t(id)} {...extra} />;
  return (
    <section class="bench__part bench__now" ref={box} aria-labelledby="bench-sitting">
      <h2 id="bench-sitting" class="bench__heading">
        {t("bench-sitting")}
        <span class="bench__state" data-testid="hearing-state" data-state={connected ? state : "unknown"}>
          {connected ? t(`state-${state.replaceAll("_", "-")}`) : t("state-unknown")}
        </span>
      </h2>
      {connected ? null : (
        <p class="bench__none" data-testid="bench-stale">
          {t("bench-stale")}
        </p>
      )}
      {/* Whoever steers the record from another room sees what it does; the badge there speaks of that room. */}
      {records && isApart(live.hearing.self.value) ? (
        <p class="bench__none" data-testid="bench-record" data-status={connected ? recording : "unknown"}>
          {connected ? t(`bench-record-${recording.replaceAll("_", "-")}`) : t("bench-record-unknown")}
        </p>
      ) : null}
      <div class="bench__buttons">
        {presides && (state === "listed" || state === "open")
          ? button({ act: "begin" }, "bench-begin", { variant: "primary", icon: "play", testid: "begin" })
          : null}
        {presides && state === "listed" ? button({ act: "open" }, "bench-open", { testid: "open" }) : null}
        {records && state === "in_session"
          ? recording === "off"
            ? button({ act: "go_on_record" }, "bench-on-record", { variant: "primary", testid: "on-record" })
            : button({ act: "go_off_record" }, "bench-off-record", { testid: "off-record" })
          : null}
        {presides && state === "in_session"
          ? button({ act: "pause" }, "bench-pause", { icon: "pause", testid: "pause" })
          : null}
        {live.hearing.can("admit") && !over && retiring.back.length > 0
          ? button(retiring.back, "bench-return", { variant: "primary", testid: "return" })
          : null}
        {presides && interrupted
          ? button(
              { act: "resume" },
              view.record_on_resume ? "bench-resume-on-record" : "bench-resume-off-record",
              { variant: "primary", icon: "play", testid: "resume" },
            )
          : null}
        {presides && interrupted && records && view.record_on_resume
          ? button([{ act: "go_off_record" }, { act: "resume" }], "bench-resume-off-record", {
              testid: "resume-off-record",
            })
          : null}
      </div>
    </section>
  );
}
