import { useSignal } from "@preact/signals";
import { byRank } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { HearingView, ParticipantView, Role } from "../../core/wire";
import { Dialog } from "../dialog/dialog";

/** The court sees whom it hears, and its own members are no protected persons; who publishes nothing has no picture. */
const COURT: readonly Role[] = ["judge", "panel_member", "clerk"];
export const WATCHING: readonly Role[] = ["observer", "press", "support_officer"];

export function mayBeScreened(p: ParticipantView): boolean {
  return !COURT.includes(p.role) && !WATCHING.includes(p.role);
}

/** The names of those who may not see a person. */
export function keptFrom(p: ParticipantView, view: HearingView): string {
  return view.participants
    .filter((other) => p.kept_from.includes(other.id))
    .map((other) => other.name)
    .join(", ");
}

/** Who may not see a protected person. It holds at once, and also for those who are still to come. */
export function ScreeningDialog(props: {
  live: Live;
  view: HearingView;
  person: ParticipantView;
  onDone: () => void;
}) {
  const { live, view, person, onDone } = props;
  const from = useSignal(person.kept_from);
  const others = [...view.participants]
    .sort(byRank)
    .filter((p) => p.id !== person.id && !COURT.includes(p.role));
  return (
    <Dialog
      title={t("screening-title", { name: person.name })}
      confirm={t("screening-confirm")}
      onCancel={onDone}
      onConfirm={() => {
        onDone();
        void live.act({ act: "screening", participant: person.id, from: from.value });
      }}
    >
      <p class="govuk-body">{t("screening-text", { name: person.name })}</p>
      <fieldset class="govuk-fieldset">
        <legend class="govuk-visually-hidden">{t("screening-title", { name: person.name })}</legend>
        <div class="govuk-checkboxes govuk-checkboxes--small">
          {others.map((p) => (
            <div key={p.id} class="govuk-checkboxes__item">
              <input
                id={`screen-${p.id}`}
                class="govuk-checkboxes__input"
                type="checkbox"
                checked={from.value.includes(p.id)}
                onChange={(event) => {
                  const rest = from.value.filter((id) => id !== p.id);
                  from.value = event.currentTarget.checked ? [...rest, p.id] : rest;
                }}
              />
              <label class="govuk-label govuk-checkboxes__label" for={`screen-${p.id}`}>
                {p.name}, {t(`role-${p.role}`)}
              </label>
            </div>
          ))}
        </div>
      </fieldset>
    </Dialog>
  );
}
