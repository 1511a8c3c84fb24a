import { Link, Shell, Title } from "../components/shell/shell";
import { t } from "../core/text";

/** An address that leads nowhere. */
export function UnknownPage() {
  return (
    <Shell>
      <Title key="unknown" text={t("unknown-title")} />
      <p class="govuk-body">{t("unknown-text")}</p>
      <p class="govuk-body">
        <Link href="/">{t("unknown-home")}</Link>
      </p>
    </Shell>
  );
}
