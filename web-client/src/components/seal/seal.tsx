import { dateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { Recording } from "../../core/wire";
import { Fingerprint, Hash } from "../hash/hash";
import { Icon } from "../icon/icon";

/** The seal: what it is, and in plain words what it proves and what it does not. */
export function Seal({ recording }: { recording: Recording }) {
  const { evidence } = recording;
  return (
    <section class="card seal" aria-labelledby="seal">
      <h2 id="seal" class="govuk-heading-m">
        <Icon name="seal" /> {t("seal-title")}
      </h2>
      <p class="govuk-body">
        {t("seal-when")}: <strong>{dateTimeInZone(evidence.sealed_at, locale.value)}</strong>
      </p>
      {evidence.interrupted ? <p class="evidence__warn">{t("seal-interrupted")}</p> : null}
      <p class="govuk-body">{t("seal-proves")}</p>
      <p class="govuk-body">{t("seal-not")}</p>
      <details class="seal__detail">
        <summary>{t("seal-detail")}</summary>
        <dl class="govuk-summary-list">
          <div class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{t("seal-manifest")}</dt>
            <dd class="govuk-summary-list__value">
              <Hash hex={evidence.manifest_sha256} />
            </dd>
          </div>
          <div class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{t("seal-root")}</dt>
            <dd class="govuk-summary-list__value">
              <Fingerprint hex={recording.root_fingerprint} />
            </dd>
          </div>
        </dl>
        <p class="govuk-hint">{t("seal-compare")}</p>
      </details>
    </section>
  );
}
