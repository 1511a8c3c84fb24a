import { Icon, type IconName } from "../src/components/icon/icon";
import { has, t } from "../src/core/text";
import { colons } from "./core/bytes";
import type { Check, Report, Verdict } from "./core/report";

const ICONS: Record<Verdict, IconName> = {
  failed: "cross",
  missing: "warning",
  proved: "check",
  trusted: "lock",
  not_checked: "clock",
};
const KINDS = Object.keys(ICONS) as Verdict[];
const LOOKS = { proved: "good", signer_not_checked: "bad", proofs_missing: "bad", failed: "fail" } as const;
const OUTCOME_ICONS: Record<Report["outcome"], IconName> = {
  proved: "check",
  signer_not_checked: "warning",
  proofs_missing: "warning",
  failed: "cross",
};

const dashed = (word: string) => word.replaceAll("_", "-");

/** What the outcome of a check means for the reader. */
function foundText({ check, verdict }: Check): string | null {
  for (const id of [
    `verifier-found-${dashed(check)}-${dashed(verdict)}`,
    `found-${dashed(check)}-${dashed(verdict)}`,
    `found-any-${dashed(verdict)}`,
  ])
    if (has(id)) return t(id);
  return null;
}

export function Verdicts({ report }: { report: Report }) {
  const counted = report.outcome === "proofs_missing" ? "missing" : "failed";
  const count = report.checks.filter((c) => c.verdict === counted).length;
  const outcome = dashed(report.outcome);
  return (
    <section aria-labelledby="outcome" data-testid="report" data-outcome={report.outcome}>
      <div class={`verdict verdict--${LOOKS[report.outcome]}`}>
        <Icon name={OUTCOME_ICONS[report.outcome]} />
        <div>
          <h2 id="outcome" class="govuk-heading-m verifier__outcome" tabIndex={-1}>
            {t(`verifier-${outcome}`)}
          </h2>
          <p>{t(`verifier-${outcome}-text`, { count })}</p>
        </div>
      </div>
      <Facts report={report} />
      {KINDS.map((kind) => (
        <Group key={kind} kind={kind} checks={report.checks.filter((c) => c.verdict === kind)} />
      ))}
    </section>
  );
}

function Facts({ report }: { report: Report }) {
  const facts = [
    ["recording", report.recording],
    ["fingerprint", report.root_fingerprint && colons(report.root_fingerprint)],
    ["manifest", report.manifest_sha256],
  ] as const;
  if (facts.every(([, value]) => !value)) return null;
  return (
    <dl class="verifier__facts">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{t(`verifier-fact-${name}`)}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

/** The checks that ended in one way, in the order in which they were made. */
function Group({ kind, checks }: { kind: Verdict; checks: Check[] }) {
  if (checks.length === 0) return null;
  const id = `kind-${kind}`;
  return (
    <section class="card" aria-labelledby={id}>
      <h3 id={id} class="govuk-heading-s verifier__kind">
        <Icon name={ICONS[kind]} /> {t(`verdict-${dashed(kind)}`)} ({checks.length})
      </h3>
      <p class="govuk-body">{t(`verifier-kind-${dashed(kind)}`)}</p>
      {kind === "proved" ? (
        // The longest list, and the one that asks nothing of the reader: what rests on trust must not be lost below it.
        <details class="checks__all">
          <summary>{t("verify-all", { count: checks.length })}</summary>
          <Rows checks={checks} />
        </details>
      ) : (
        <Rows checks={checks} />
      )}
    </section>
  );
}

function Rows({ checks }: { checks: Check[] }) {
  return (
    <ul class="checks">
      {checks.map((check, i) => (
        <Row key={i} check={check} />
      ))}
    </ul>
  );
}

function Row({ check }: { check: Check }) {
  const found = foundText(check);
  const title = t(`proof-${dashed(check.check)}`);
  return (
    <li
      class={`checks__row verifier__row checks__row--${check.verdict}`}
      data-check={check.check}
      data-verdict={check.verdict}
      data-file={check.file}
    >
      <div>
        <strong>{title}</strong>
        {found ? <p class="checks__found">{found}</p> : null}
        {check.file ? <code class="checks__file">{check.file}</code> : null}
        <details class="checks__detail">
          <summary>
            {t("verify-detail")}
            <span class="govuk-visually-hidden"> {title}</span>
          </summary>
          <span lang="en">{check.detail}</span>
        </details>
      </div>
    </li>
  );
}
