import type { ComponentChildren } from "preact";
import { has, t } from "../../core/text";
import type { Problem } from "../../core/wire";
import { Icon } from "../icon/icon";

/** What went wrong, in the person's language where the catalogue knows it, else as the server put it. */
export function problemText(problem: Problem): string {
  const id = `problem-${problem.code.replaceAll("_", "-")}`;
  return has(id) ? t(id) : problem.detail || problem.title;
}

/** `mild` is for what nobody did wrong: a link that is too old frightens enough without red. */
export function ProblemNotice(props: { problem: Problem; mild?: boolean; children?: ComponentChildren }) {
  const { problem, mild, children } = props;
  return (
    <div
      class={mild ? "notice" : "notice notice--problem"}
      role="alert"
      data-testid="problem"
      data-code={problem.code}
    >
      <Icon name="warning" />
      <div>
        <p class="notice__text">{problemText(problem)}</p>
        {children}
      </div>
    </div>
  );
}
