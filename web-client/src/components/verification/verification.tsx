import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { has, t } from "../../core/text";
import type { Problem, Verification, VerificationCheck } from "../../core/wire";
import { Icon, type IconName } from "../icon/icon";
import { ProblemNotice } from "../problem/problem";

const ICONS: Record<string, IconName> = {
  proved: "check",
  trusted: "lock",
  not_checked: "clock",
  failed: "cross",
};

function verdictText(verdict: string): string {
  const id = `verdict-${verdict.replaceAll("_", "-")}`;
  return has(id) ? t(id) : verdict;
}

/** What a check is about. A check that the catalogue does not know is named as the server names it. */
function proofText({ check, what }: VerificationCheck): string {
  const id = `proof-${check.replaceAll("_", "-")}`;
  return has(id) ? t(id) : what;
}

/** What its outcome means for the reader; null where only the server's own words can tell. */
function foundText({ check, verdict }: VerificationCheck): string | null {
  const ending = verdict.replaceAll("_", "-");
  for (const id of [`found-${check.replaceAll("_", "-")}-${ending}`, `found-any-${ending}`])
    if (has(id)) return t(id);
  return null;
}

/** The report, line by line: what is proved, what is trusted, what was not checked, what failed. */
export function Report({ report }: { report: Verification }) {
  return (
    <div data-testid="verify-result" data-ok={report.ok}>
      <p class={`verdict verdict--${report.ok ? "good" : "fail"}`}>
        <Icon name={report.ok ? "check" : "cross"} />
        <span>{report.ok ? t("verify-ok") : t("verify-failed")}</span>
      </p>
      <details class="checks__all" open={!report.ok}>
        <summary>{t("verify-all", { count: report.checks.length })}</summary>
        <ul class="checks">
          {report.checks.map((check, i) => (
            <li key={i} class={`checks__row checks__row--${check.verdict}`} data-verdict={check.verdict}>
              <span class="checks__verdict">
                <Icon name={ICONS[check.verdict] ?? "clock"} />
                {verdictText(check.verdict)}
              </span>
              <div>
                <strong>{proofText(check)}</strong>
                <Found check={check} />
                {check.file ? <code class="checks__file">{check.file}</code> : null}
              </div>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** The sentence for the reader; the server's own words, in English, stand behind it, and openly where it failed. */
function Found({ check }: { check: VerificationCheck }) {
  const found = foundText(check);
  const detail = <span lang="en">{check.detail}</span>;
  if (!found) return <p class="checks__found">{detail}</p>;
  return (
    <>
      <p class="checks__found">{found}</p>
      <details class="checks__detail" open={check.verdict === "failed"}>
        <summary>
          {t("verify-detail")}
          <span class="govuk-visually-hidden"> {proofText(check)}</span>
        </summary>
        {detail}
      </details>
    </>
  );
}

export function VerificationPart({ recording, onDone }: { recording: string; onDone: () => void }) {
  const { api } = useApp();
  const report = useSignal<Verification | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  const percent = useSignal<number | null>(null);
  return (
    <section class="card" aria-labelledby="verify">
      <h2 id="verify" class="govuk-heading-m">
        {t("verify-title")}
      </h2>
      <p class="govuk-body">{t("verify-text")}</p>
      <button
        type="button"
        class="govuk-button"
        data-testid="recording-verify"
        aria-busy={busy.value}
        onClick={async () => {
          if (busy.value) return;
          busy.value = true;
          problem.value = null;
          report.value = null;
          percent.value = null;
          try {
            report.value = await api.verify(recording, (now) => {
              percent.value = now;
            });
            onDone();
          } catch (error) {
            problem.value = problemOf(error);
          } finally {
            busy.value = false;
          }
        }}
      >
        {busy.value ? t("verify-busy") : t("verify-now")}
      </button>
      <p class="govuk-body">
        <a class="govuk-link" href="/verify.html" download="oyer-verify.html" data-testid="verifier-page">
          {t("verify-page")}
        </a>
      </p>
      {busy.value && percent.value !== null ? (
        <div class="access__progress">
          <label for="verify-progress">{t("verify-running", { percent: percent.value })}</label>
          <progress id="verify-progress" max={100} value={percent.value} data-testid="verify-progress" />
        </div>
      ) : null}
      <div aria-live="polite">
        {problem.value ? <ProblemNotice problem={problem.value} /> : null}
        {report.value ? <Report report={report.value} /> : null}
      </div>
    </section>
  );
}
