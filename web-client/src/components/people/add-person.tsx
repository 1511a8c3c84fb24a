import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { t } from "../../core/text";
import type { Problem, Role } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";

const ROLES: Role[] = [
  "judge",
  "panel_member",
  "clerk",
  "prosecutor",
  "defence_counsel",
  "accused",
  "victim",
  "witness",
  "expert",
  "interpreter",
  "intermediary",
  "remote_point_officer",
  "observer",
  "press",
  "support_officer",
];

/** One more person expected at a hearing. */
export function AddPerson({ hearing, onAdded }: { hearing: string; onAdded: () => void }) {
  const { api } = useApp();
  const name = useSignal("");
  const role = useSignal<Role>("witness");
  const problem = useSignal<Problem | null>(null);
  return (
    <form
      class="add-person"
      onSubmit={async (event) => {
        event.preventDefault();
        try {
          await api.addParticipant(hearing, { name: name.value.trim(), role: role.value, person: null });
          name.value = "";
          problem.value = null;
          onAdded();
        } catch (error) {
          problem.value = problemOf(error);
        }
      }}
    >
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      <div class="govuk-form-group">
        <label class="govuk-label" for={`name-${hearing}`}>
          {t("person-name")}
        </label>
        <input
          id={`name-${hearing}`}
          class="govuk-input"
          required
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </div>
      <div class="govuk-form-group">
        <label class="govuk-label" for={`role-${hearing}`}>
          {t("person-role")}
        </label>
        <select
          id={`role-${hearing}`}
          class="govuk-select"
          value={role.value}
          onChange={(event) => (role.value = event.currentTarget.value as Role)}
        >
          {ROLES.map((r) => (
            <option key={r} value={r}>
              {t(`role-${r}`)}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="govuk-button govuk-button--secondary">
        {t("person-add")}
      </button>
    </form>
  );
}
