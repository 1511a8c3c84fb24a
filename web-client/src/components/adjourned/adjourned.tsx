import { dateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { Adjournment } from "../../core/wire";

/** Why a hearing was adjourned, where the reader may know it, and when it goes on. */
export function Adjourned({ adjourned }: { adjourned: Adjournment }) {
  const { reason, next } = adjourned;
  return (
    <>
      {reason ? (
        <p class="govuk-body" data-testid="adjourned-reason">
          {t("ended-reason", { reason })}
        </p>
      ) : null}
      <p class="govuk-body" data-testid="adjourned-next">
        {next ? t("ended-next", { when: dateTimeInZone(next, locale.value) }) : t("ended-next-unknown")}
      </p>
    </>
  );
}
