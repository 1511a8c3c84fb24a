import { dateTimeInZone, shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { Recording } from "../../core/wire";
import { Fold } from "../fold/fold";
import { Fingerprint, Hash } from "../hash/hash";

/** The seal: what it is, and in plain words what it proves and what it does not. */
export function Seal({ recording }: { recording: Recording }) {
  const { evidence } = recording;
  const sum = t("evidence-sealed", { when: shortDateTimeInZone(evidence.sealed_at, locale.value) });
  const rows = [
    [t("seal-when"), dateTimeInZone(evidence.sealed_at, locale.value)],
    [t("seal-manifest"), <Hash key="manifest" hex={evidence.manifest_sha256} />],
    [t("seal-root"), <Fingerprint key="root" hex={recording.root_fingerprint} />],
  ] as const;
  return (
    <Fold id="seal" title={t("seal-title")} sum={sum}>
      <p class="govuk-body">{t("seal-proves")}</p>
      <p class="govuk-body">{t("seal-not")}</p>
      <dl class="govuk-summary-list">
        {rows.map(([key, value]) => (
          <div key={key} class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{key}</dt>
            <dd class="govuk-summary-list__value">{value}</dd>
          </div>
        ))}
      </dl>
      <p class="govuk-hint">{t("seal-compare")}</p>
    </Fold>
  );
}
