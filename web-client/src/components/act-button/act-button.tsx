import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Live } from "../../core/live";
import { isEcho, turned, turns } from "../../core/press";
import { t } from "../../core/text";
import type { Act, Problem } from "../../core/wire";
import { Icon, type IconName } from "../icon/icon";

export interface ActButtonProps {
  live: Live;
  /** One act, or several in their order; the first that fails ends them. */
  act: Act | readonly Act[];
  /** What the button says; whom it concerns is added for screen readers. */
  label: string;
  about?: string;
  icon?: IconName;
  variant?: "primary" | "secondary" | "warning";
  testid?: string;
  children?: ComponentChildren;
}

const VARIANTS = {
  primary: "govuk-button act",
  secondary: "govuk-button govuk-button--secondary act",
  warning: "govuk-button govuk-button--warning act",
};

async function inOrder(live: Live, acts: readonly Act[]): Promise<Problem | null> {
  for (const act of acts) {
    const problem = await live.act(act);
    if (problem) return problem;
  }
  return null;
}

/**
 * When a button goes, the focus that it had stays with the person it was about, else with its part of the bench. Not on
 * the button that takes its place: a second press of Enter must not do the next act, or the opposite one.
 */
function keepFocus(person: string | undefined, part: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    const row = person ? document.querySelector<HTMLElement>(`[data-person="${CSS.escape(person)}"]`) : null;
    const place =
      row ?? (part?.isConnected ? part : document.querySelector<HTMLElement>('[data-testid="bench"]'));
    if (!place) return;
    place.tabIndex = -1;
    place.focus();
  });
}

/** Several acts together change while they are done, and how a check went while one looks on: they remain one act. */
function identity({ act, testid }: ActButtonProps): string | undefined {
  return "act" in act && act.act !== "finish_check" ? JSON.stringify(act) : testid;
}

/** One press, one act: the button says that it is on its way and that it was done; a failure stands in the list of acts. */
export function ActButton(props: ActButtonProps) {
  // Another act, and be it the opposite, is another button: what was meant for this one must not reach that one.
  return <OneAct key={identity(props)} {...props} />;
}

function OneAct(props: ActButtonProps) {
  const status = useSignal<"idle" | "pending" | "done">("idle");
  const mounted = useRef(true);
  const button = useRef<HTMLButtonElement>(null);
  const born = useRef(performance.now());
  useEffect(() => turned(born.current), []);
  useLayoutEffect(
    () => () => {
      mounted.current = false;
      const gone = button.current;
      if (gone && document.activeElement === gone)
        keepFocus(gone.closest<HTMLElement>("[data-person]")?.dataset.person, gone.closest("section"));
    },
    [],
  );
  const press = async () => {
    if (status.value === "pending") return;
    status.value = "pending";
    turns.begin(performance.now());
    const problem = await inOrder(props.live, [props.act].flat());
    turns.end(performance.now());
    if (!mounted.current) return;
    status.value = problem ? "idle" : "done";
    if (!problem) {
      setTimeout(() => {
        if (mounted.current && status.value === "done") status.value = "idle";
      }, 2_000);
    }
  };
  return (
    <button
      ref={button}
      type="button"
      class={VARIANTS[props.variant ?? "secondary"]}
      data-testid={props.testid}
      data-status={status.value}
      aria-busy={status.value === "pending"}
      onClick={(event) => {
        const echo = isEcho(event);
        if (!echo && !turns.isTooSoon(born.current, event.timeStamp)) void press();
      }}
    >
      {status.value === "done" ? <Icon name="check" /> : props.icon ? <Icon name={props.icon} /> : null}
      <span>
        {status.value === "pending" ? t("act-pending") : props.label}
        {props.about ? <span class="govuk-visually-hidden"> {props.about}</span> : null}
      </span>
    </button>
  );
}
