import { useSignal } from "@preact/signals";
import { shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { IssuedInvitation, Participant } from "../../core/wire";
import { Dialog } from "../dialog/dialog";

/** A link that was made before: where it stands, until when it opens, and taking it back. */
export function IssuedLink(props: {
  invitation: IssuedInvitation;
  person: Participant;
  /** The person was put out: until they are let back it opens nothing. */
  barred?: boolean;
  onRevoke?: () => Promise<void>;
}) {
  const { invitation: i, person, onRevoke } = props;
  const opens = i.state === "unused" || i.state === "used";
  const asking = useSignal(false);
  const busy = useSignal(false);
  const revoke = async () => {
    if (!onRevoke || busy.value) return;
    busy.value = true;
    await onRevoke();
    busy.value = false;
  };
  const when = (at: number) => shortDateTimeInZone(at, locale.value);
  return (
    <li class="issued__row" data-testid="invitation" data-state={i.state}>
      <span class="issued__what">
        <span class={opens && !props.barred ? "sign" : "sign sign--warn"}>
          {t(`invite-state-${i.state}`)}
        </span>
        <span class="issued__when">
          {t(opens ? (props.barred ? "invite-expires-removed" : "invite-expires") : "invite-expired", {
            until: when(i.expires_at),
          })}
          {i.redeemed_at === null ? null : ` ${t("invite-redeemed", { when: when(i.redeemed_at) })}`}
        </span>
      </span>
      {onRevoke ? (
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="invite-revoke"
          aria-busy={busy.value}
          onClick={() => {
            // Whoever came by this link is put out with it: that wants a second thought.
            if (i.state === "used") asking.value = true;
            else void revoke();
          }}
        >
          {t("invite-revoke")}
          <span class="govuk-visually-hidden"> {person.name}</span>
        </button>
      ) : null}
      {asking.value ? (
        <Dialog
          title={t("invite-revoke-title", { name: person.name })}
          confirm={t("invite-revoke")}
          danger
          onCancel={() => (asking.value = false)}
          onConfirm={() => {
            asking.value = false;
            void revoke();
          }}
        >
          <p class="govuk-body">{t("invite-revoke-text")}</p>
        </Dialog>
      ) : null}
    </li>
  );
}
