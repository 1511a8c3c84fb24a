import { passes, settled, type Verdict } from "../../core/check";
import { t } from "../../core/text";
import { Icon } from "../icon/icon";

/** What the check has found, in one sentence; `instead` says the same with the reason, where that is known. */
export function VerdictNote({ verdict, instead = null }: { verdict: Verdict; instead?: string | null }) {
  const ok = passes(verdict);
  const done = settled(verdict);
  return (
    <div
      class={`verdict verdict--${ok ? "good" : done ? "bad" : "wait"}`}
      data-testid="check-verdict"
      data-verdict={verdict}
      data-ok={ok}
      role="status"
    >
      <Icon name={ok ? "check" : done ? "warning" : "clock"} />
      <p>{instead ?? t(`check-verdict-${verdict.replaceAll("_", "-")}`)}</p>
    </div>
  );
}
