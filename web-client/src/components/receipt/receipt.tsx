import { useEffect, useMemo } from "preact/hooks";
import { useApp } from "../../app/context";
import { dateTimeInZone } from "../../core/format";
import { LOOKS_AFTER_MS, receiptsOf } from "../../core/receipts";
import { locale, t } from "../../core/text";

/** The receipts that this page was shown during the hearing, to be saved; nothing where there are none. */
export function SaveReceipt({ hearing, over }: { hearing: string; over: boolean }) {
  const { api } = useApp();
  const receipts = useMemo(() => receiptsOf(hearing, api, sessionStorage), [api, hearing]);
  useEffect(() => {
    if (!over) return;
    const timers = LOOKS_AFTER_MS.map((after) => window.setTimeout(() => void receipts.look(), after));
    return () => timers.forEach(clearTimeout);
  }, [receipts, over]);
  const kept = receipts.kept.value;
  const last = kept.at(-1);
  if (!last) return null;
  const save = () => {
    const url = URL.createObjectURL(new Blob([receipts.file()], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `oyer_receipt_${hearing.slice(0, 8)}.tlog-proof`;
    link.click();
    // The browser has taken it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <section data-testid="receipt">
      <h2 class="govuk-heading-m">{t("receipt-title")}</h2>
      <p class="govuk-body">{t("receipt-text")}</p>
      <p class="govuk-body">{t("receipt-last", { when: dateTimeInZone(last.at, locale.value) })}</p>
      <button
        type="button"
        class="govuk-button govuk-button--secondary"
        data-testid="save-receipt"
        onClick={save}
      >
        {t("receipt-save")}
      </button>
      <p class="govuk-hint">{t("receipt-hint")}</p>
    </section>
  );
}
