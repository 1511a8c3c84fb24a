import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { bytes, dateTimeInZone, day } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { Problem } from "../../core/wire";
import { Custody } from "../custody/custody";
import { Hash } from "../hash/hash";
import { Icon } from "../icon/icon";
import { ProblemNotice } from "../problem/problem";
import { Link, Title } from "../shell/shell";

/** What is left of a recording that was destroyed: who decided it, by which rule, the certificate, and the chain of custody. */
export function Disposed({ recording }: { recording: string }) {
  const { api } = useApp();
  const loaded = useLoaded(() => api.disposed(recording), [recording]);
  const problem = useSignal<Problem | null>(null);
  const left = loaded.value.value;
  if (!left)
    return (
      <>
        <Title key="disposed-loading" text={t(loaded.problem.value ? "recording-problem" : "loading")} />
        {loaded.problem.value ? <ProblemNotice problem={loaded.problem.value} /> : null}
      </>
    );
  const download = async (form: "tar" | "pdf") => {
    try {
      problem.value = null;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await api.disposalCertificate(recording, form));
      link.download = `disposal-${recording}.${form}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  const copy = left.second_store;
  return (
    <div data-testid="disposed">
      <p class="page__caption">
        <Link href={`/case/${left.case.id}`}>
          {left.case.reference} – {left.case.title}
        </Link>
      </p>
      <Title key={recording} text={t("recording-page-title", { title: left.evidence.title })} />
      <p class="govuk-body-l">{t("disposed-text", { when: dateTimeInZone(left.issued_at, locale.value) })}</p>
      <dl class="request__facts">
        <dt>{t("disposed-kept-until")}</dt>
        <dd>{day(left.kept_until, locale.value)}</dd>
        <dt>{t("disposed-proposed-by")}</dt>
        <dd>{whoText(left.proposed_by)}</dd>
        <dt>{t("disposed-approved-by")}</dt>
        <dd>{whoText(left.approved_by)}</dd>
        <dt>{t("disposed-was")}</dt>
        <dd>{t("disposed-files", { count: left.files, bytes: bytes(left.bytes, locale.value) })}</dd>
        <dt>{t("seal-manifest")}</dt>
        <dd>
          <Hash hex={left.evidence.manifest_sha256} />
        </dd>
        {copy ? (
          <>
            <dt>{t("disposed-second")}</dt>
            <dd data-testid="disposed-second">
              {copy.outcome === "locked" && copy.locked_until
                ? t("disposed-second-locked", { until: dateTimeInZone(copy.locked_until, locale.value) })
                : t(copy.outcome === "deleted" ? "disposed-second-deleted" : "disposed-second-not-deleted")}
            </dd>
          </>
        ) : null}
        <dt>{t("disposed-certificate")}</dt>
        <dd>
          <Hash hex={left.certificate_sha256} />
        </dd>
      </dl>
      <p class="govuk-body">{t("disposed-verify")}</p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      <div class="disposed__buttons">
        <button
          type="button"
          class="govuk-button"
          data-testid="certificate-download"
          onClick={() => download("tar")}
        >
          <Icon name="download" />
          <span>{t("disposed-download")}</span>
        </button>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="certificate-pdf"
          onClick={() => download("pdf")}
        >
          <Icon name="download" />
          <span>{t("disposed-download-pdf")}</span>
        </button>
      </div>
      <Custody entries={left.custody} caseId={left.case.id} />
    </div>
  );
}
