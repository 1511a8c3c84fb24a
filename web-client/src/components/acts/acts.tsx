import type { ActEntry } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { Act, HearingView } from "../../core/wire";
import { Icon } from "../icon/icon";
import { useMeasured } from "../measured/measured";
import { problemText } from "../problem/problem";

/** An act in words, with the name of whom it concerns. */
export function actText(act: Act, view: HearingView | null): string {
  const name =
    "participant" in act ? view?.participants.find((p) => p.id === act.participant)?.name : undefined;
  const id = `did-${act.act.replaceAll("_", "-")}`;
  switch (act.act) {
    case "set_source":
      return t(id, { source: act.source, on: act.on ? "yes" : "no" });
    case "mute":
      return t(id, { name: name ?? "", on: act.muted ? "yes" : "no" });
    case "in_camera":
      return t(id, { on: act.on ? "yes" : "no" });
    case "raise_hand":
      return t(id, { on: act.up ? "yes" : "no" });
    case "rule":
      return t(id, { number: act.objection, ruling: act.ruling });
    case "swear":
      return t(id, { name: name ?? "", form: act.form });
    case "mark":
      return t(id, { text: act.text });
    default:
      return t(id, { name: name ?? "" });
  }
}

const concerned = (entry: ActEntry, view: HearingView | null) => {
  const { act } = entry;
  return "participant" in act ? view?.participants.find((p) => p.id === act.participant) : undefined;
};

/** Whoever was put out waits only once they have come back: until then they may come, and that is all. */
function entryText(entry: ActEntry, view: HearingView | null): string {
  if (entry.readmits) return t("did-readmit", { name: concerned(entry, view)?.name ?? "" });
  return actText(entry.act, view);
}

function notHereYet(entry: ActEntry, view: HearingView | null): boolean {
  return entry.readmits && entry.status === "done" && concerned(entry, view)?.state === "invited";
}

/** Own switches are seen on their buttons; what concerns the court is listed. */
const QUIET = new Set<Act["act"]>(["set_source", "raise_hand", "finish_check", "check_equipment", "leave"]);

export function shownActs(entries: ActEntry[]): ActEntry[] {
  const failed = entries.filter((e) => e.status === "failed");
  const recent = entries.filter((e) => e.status !== "failed" && !QUIET.has(e.act.act)).slice(-1);
  return [...failed, ...recent].sort((a, b) => b.id - a.id);
}

/** The last act with its outcome: one line, so that the people stay in sight. What failed stays until it is put away. */
export function Acts({ live }: { live: Live }) {
  const box = useMeasured<HTMLDivElement>("--acts");
  const entries = shownActs(live.hearing.acts.value);
  return (
    <div class="acts" ref={box} role="log" aria-label={t("acts-title")} data-testid="acts">
      {entries.map((entry) => (
        <div key={entry.id} class={`acts__entry acts__entry--${entry.status}`} data-status={entry.status}>
          <Icon name={entry.status === "done" ? "check" : entry.status === "failed" ? "warning" : "clock"} />
          <p class="acts__text">
            {entryText(entry, live.hearing.view.value)}: <strong>{t(`act-${entry.status}`)}</strong>
            {notHereYet(entry, live.hearing.view.value) ? (
              <span class="acts__why"> {t("act-not-here-yet")}</span>
            ) : null}
            {entry.problem ? <span class="acts__why"> {problemText(entry.problem)}</span> : null}
          </p>
          {entry.status === "failed" ? (
            <button type="button" class="acts__away" onClick={() => live.hearing.dismiss(entry.id)}>
              {t("put-away")}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
