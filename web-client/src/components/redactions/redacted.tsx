import { t } from "../../core/text";
import type { Recording } from "../../core/wire";
import { Hash } from "../hash/hash";
import { Link } from "../shell/shell";
import { Intervals, LogEntries } from "./intervals";

/** Says of a redacted copy that it is one: on whose order, what was taken out, and of what it was made. */
export function RedactedNotice({ recording }: { recording: Recording }) {
  const redacted = recording.redacted;
  if (!redacted) return null;
  const names = new Map(redacted.people.map((person) => [person.participant, person.name]));
  return (
    <section class="card" aria-labelledby="redacted" data-testid="redacted">
      <h2 id="redacted" class="govuk-heading-m">
        {t("redacted-title")}
      </h2>
      <p class="govuk-body">{t("redacted-text", { margin: redacted.margin_ms / 1000 })}</p>
      {redacted.orders.map((order) => (
        <div key={order.reference}>
          <p class="govuk-body">
            <strong>{t("redactions-by-order", { reference: order.reference })}</strong>{" "}
            {t("redacted-ordered", { by: order.ordered_by, reason: order.reason })}
          </p>
          {order.about ? <p class="govuk-body">{t("redactions-about-other")}</p> : null}
          <Intervals intervals={order.intervals} nameOf={(id) => names.get(id) ?? id} />
          <LogEntries numbers={order.log_entries} />
        </div>
      ))}
      <p class="govuk-body">{t("redacted-log", { count: redacted.log_entries_left_out })}</p>
      <p class="govuk-body">
        <Link href={`/recording/${redacted.recording}`} testid="redacted-original">
          {t("redacted-original")}
        </Link>
      </p>
      <Hash hex={redacted.manifest_sha256} />
    </section>
  );
}
