import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { dateTimeInZone, shortDateTimeInZone } from "../../core/format";
import { DAYS_AFTER, DAYS_AFTER_FIRST, expiry, stillOpens, validSeconds } from "../../core/invitations";
import { locale, t } from "../../core/text";
import type { Hearing, Invitation, IssuedInvitation, Participant, Problem } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";

/** A new link: until when it will open is said before it is made; the link is shown once, for its secret is not kept. */
export function NewLink(props: {
  hearing: Hearing;
  person: Participant;
  issued: IssuedInvitation[];
  onMade: () => Promise<void>;
}) {
  const { api } = useApp();
  const { hearing, person } = props;
  const made = useSignal<Invitation | null>(null);
  const problem = useSignal<Problem | null>(null);
  const days = useSignal<number>(DAYS_AFTER_FIRST);
  const now = Date.now();
  const until = (at: number) => shortDateTimeInZone(at, locale.value);
  const hint = `until-${person.id}`;
  return (
    <>
      <div class="invite">
        <label>
          <span class="govuk-visually-hidden">{t("invite-days", { name: person.name })}</span>
          <select
            class="govuk-select"
            aria-describedby={hint}
            value={days.value}
            onChange={(e) => (days.value = Number(e.currentTarget.value))}
          >
            {DAYS_AFTER.map((d) => (
              <option key={d} value={d}>
                {t(hearing.listed_for > now ? "invite-days-option" : "invite-days-option-now", { count: d })}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="invite-make"
          onClick={async () => {
            problem.value = null;
            made.value = null;
            try {
              made.value = await api.invite(
                person.id,
                validSeconds(hearing.listed_for, days.value, Date.now()),
              );
            } catch (error) {
              problem.value = problemOf(error);
            }
            await props.onMade();
          }}
        >
          {t("invite-make")}
          <span class="govuk-visually-hidden"> {person.name}</span>
        </button>
      </div>
      <p class="govuk-hint issued__until" id={hint} data-testid="invite-until">
        {t("invite-until", { until: until(expiry(hearing.listed_for, days.value, now)) })}
      </p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {made.value && stillOpens(made.value, props.issued) ? (
        <MadeLink made={made.value} person={person} />
      ) : null}
    </>
  );
}

function MadeLink({ made, person }: { made: Invitation; person: Participant }) {
  const copied = useSignal<"done" | "refused" | null>(null);
  const field = `link-${person.id}`;
  return (
    <div class="invite__made" data-testid="invite-made">
      <p class="govuk-body">{t("invite-once", { until: dateTimeInZone(made.expires_at, locale.value) })}</p>
      <label class="govuk-visually-hidden" for={field}>
        {t("invite-link", { name: person.name })}
      </label>
      <input id={field} class="govuk-input" readOnly value={made.link} />
      <button
        type="button"
        class="govuk-button"
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(made.link);
            copied.value = "done";
          } catch {
            // Without leave for the clipboard the address stands in the field, ready to be copied by hand.
            copied.value = "refused";
            const input = document.getElementById(field);
            if (input instanceof HTMLInputElement) input.select();
          }
        }}
      >
        {copied.value === "done" ? t("invite-copied") : t("invite-copy")}
      </button>
      <p role="status" class={copied.value === "refused" ? "govuk-hint" : "govuk-visually-hidden"}>
        {copied.value === "done" ? t("invite-copied-told") : null}
        {copied.value === "refused" ? t("invite-copy-refused") : null}
      </p>
    </div>
  );
}
