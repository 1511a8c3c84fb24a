import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { shortDateTime } from "../../core/format";
import { locale, t } from "../../core/text";
import type { Invitation, Participant, Problem, Role } from "../../core/wire";
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
const DAYS = [1, 7, 30, 90];
const DAY_SECONDS = 86_400;

/** The people expected at a hearing, and their links. A link is shown once: only its hash is kept. */
export function Invitations({ hearing }: { hearing: string }) {
  const { api } = useApp();
  const people = useLoaded(() => api.participants(hearing), [hearing]);
  return (
    <div>
      {people.problem.value ? <ProblemNotice problem={people.problem.value} /> : null}
      <ul class="cases">
        {people.value.value?.map((p) => (
          <PersonRow key={p.id} person={p} />
        ))}
      </ul>
      <AddPerson hearing={hearing} onAdded={() => void people.again()} />
    </div>
  );
}

function PersonRow({ person }: { person: Participant }) {
  const { api } = useApp();
  const made = useSignal<Invitation | null>(null);
  const problem = useSignal<Problem | null>(null);
  const days = useSignal(7);
  const copied = useSignal(false);
  const revoked = useSignal(false);
  return (
    <li class="cases__row">
      <span>
        <strong>{person.name}</strong>, {t(`role-${person.role}`)}
      </span>
      <div class="invite">
        <label>
          <span class="govuk-visually-hidden">{t("invite-days", { name: person.name })}</span>
          <select
            class="govuk-select"
            value={days.value}
            onChange={(e) => (days.value = Number(e.currentTarget.value))}
          >
            {DAYS.map((d) => (
              <option key={d} value={d}>
                {t("invite-days-option", { count: d })}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          onClick={async () => {
            problem.value = null;
            copied.value = false;
            revoked.value = false;
            try {
              made.value = await api.invite(person.id, days.value * DAY_SECONDS);
            } catch (error) {
              problem.value = problemOf(error);
            }
          }}
        >
          {t("invite-make")}
          <span class="govuk-visually-hidden"> {person.name}</span>
        </button>
      </div>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {made.value ? (
        <div class="invite__made">
          <p class="govuk-hint">
            {revoked.value
              ? t("invite-revoked")
              : t("invite-once", { until: shortDateTime(made.value.expires_at, locale.value) })}
          </p>
          {revoked.value ? null : (
            <>
              <label class="govuk-visually-hidden" for={`link-${person.id}`}>
                {t("invite-link", { name: person.name })}
              </label>
              <input id={`link-${person.id}`} class="govuk-input" readOnly value={made.value.link} />
              <div class="govuk-button-group">
                <button
                  type="button"
                  class="govuk-button"
                  onClick={async () => {
                    if (!made.value) return;
                    try {
                      await navigator.clipboard.writeText(made.value.link);
                      copied.value = true;
                    } catch {
                      // Without leave for the clipboard the address stands in the field, ready to be copied by hand.
                      const field = document.getElementById(`link-${person.id}`);
                      if (field instanceof HTMLInputElement) field.select();
                    }
                  }}
                >
                  {copied.value ? t("invite-copied") : t("invite-copy")}
                </button>
                <button
                  type="button"
                  class="govuk-button govuk-button--secondary"
                  onClick={async () => {
                    if (!made.value) return;
                    try {
                      await api.revoke(made.value.id);
                      revoked.value = true;
                    } catch (error) {
                      problem.value = problemOf(error);
                    }
                  }}
                >
                  {t("invite-revoke")}
                </button>
              </div>
            </>
          )}
        </div>
      ) : null}
    </li>
  );
}

function AddPerson({ hearing, onAdded }: { hearing: string; onAdded: () => void }) {
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
