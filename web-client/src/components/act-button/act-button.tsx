import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Live } from "../../core/live";
import { isEcho } from "../../core/press";
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
 * When an act took its button away the focus stays with the person it was about, else with the bench. Not on the next
 * button: a second press of Enter must not do the next act.
 */
function keepFocus(person: string | undefined): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return;
      const row = person
        ? document.querySelector<HTMLElement>(`[data-person="${CSS.escape(person)}"]`)
        : null;
      const place = row ?? document.querySelector<HTMLElement>('[data-testid="bench"]');
      if (!place) return;
      place.tabIndex = -1;
      place.focus();
    }),
  );
}

/** One press, one act: the button says that it is on its way and that it was done; a failure stands in the list of acts. */
export function ActButton(props: ActButtonProps) {
  const status = useSignal<"idle" | "pending" | "done">("idle");
  const mounted = useRef(true);
  useEffect(
    () => () => {
      mounted.current = false;
    },
    [],
  );
  const press = async (button: HTMLElement) => {
    if (status.value === "pending") return;
    status.value = "pending";
    const person = button.closest<HTMLElement>("[data-person]")?.dataset.person;
    const focused = document.activeElement === button;
    const problem = await inOrder(props.live, [props.act].flat());
    if (focused) keepFocus(person);
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
      type="button"
      class={VARIANTS[props.variant ?? "secondary"]}
      data-testid={props.testid}
      data-status={status.value}
      aria-busy={status.value === "pending"}
      onClick={(event) => {
        if (!isEcho(event)) void press(event.currentTarget);
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
