import type { ComponentChildren } from "preact";
import { has, t } from "../../core/text";
import type { Problem } from "../../core/wire";
import { Icon } from "../icon/icon";

/** What went wrong, in the person's language where the catalogue knows it, else as the server put it. */
export function problemText(problem: Problem): string {
  const id = `problem-${problem.code.replaceAll("_", "-")}`;
  return has(id) ? t(id) : problem.detail || problem.title;
}

export function ProblemNotice({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  return (
    <div class="notice notice--problem" role="alert" data-testid="problem" data-code={problem.code}>
      <Icon name="warning" />
      <div>
        <p class="notice__text">{problemText(problem)}</p>
        {children}
      </div>
    </div>
  );
}
