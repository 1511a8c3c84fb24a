import { Icon, type IconName } from "../src/components/icon/icon";
import { Intervals } from "../src/components/redactions/intervals";
import { dateTime, day } from "../src/core/format";
import { has, language, t } from "../src/core/text";
import { colons } from "./core/bytes";
import type { DisposalDocument, RedactionDocument } from "./core/documents";
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
  const kind = report.disposal ? "verifier-disposal" : report.redaction ? "verifier-redacted" : "verifier";
  const words = (end: string) => {
    const own = `${kind}-${outcome}${end}`;
    return has(own) ? own : `verifier-${outcome}${end}`;
  };
  return (
    <section aria-labelledby="outcome" data-testid="report" data-outcome={report.outcome}>
      <div class={`verdict verdict--${LOOKS[report.outcome]}`}>
        <Icon name={OUTCOME_ICONS[report.outcome]} />
        <div>
          <h2 id="outcome" class="govuk-heading-m verifier__outcome" tabIndex={-1}>
            {t(words(""))}
          </h2>
          <p>{t(words("-text"), { count })}</p>
        </div>
      </div>
      {report.redaction ? <Redacted document={report.redaction} /> : null}
      {report.disposal ? <Disposal document={report.disposal} /> : null}
      <Facts report={report} />
      {KINDS.map((kind) => (
        <Group key={kind} kind={kind} checks={report.checks.filter((c) => c.verdict === kind)} />
      ))}
    </section>
  );
}

/** Says of a redacted copy that it is one: on whose order, what was taken out, and of what it was made. */
function Redacted({ document }: { document: RedactionDocument }) {
  const names = new Map(document.people.map(({ participant, name }) => [participant, name]));
  const original = document.derived_from;
  return (
    <section class="card" aria-labelledby="redacted" data-testid="redacted">
      <h3 id="redacted" class="govuk-heading-m">
        {t("redacted-title")}
      </h3>
      <p class="govuk-body">{t("redacted-text", { margin: Number(document.margin_ms) / 1000 })}</p>
      {document.orders.map((order) => (
        <div key={order.number}>
          <p class="govuk-body">
            <strong>{t("redactions-by-order", { reference: order.reference })}</strong>{" "}
            {t("redacted-ordered", { by: order.ordered_by, reason: order.reason })}
          </p>
          <Intervals
            intervals={order.intervals.map((one) => ({
              ...one,
              from_ms: Number(one.from_ms),
              to_ms: Number(one.to_ms),
            }))}
            nameOf={(id) => names.get(id) ?? id}
          />
        </div>
      ))}
      <p class="govuk-body">{t("redacted-log", { count: Number(document.log_entries_left_out) })}</p>
      <p class="govuk-body">
        <strong>
          {t("verifier-redacted-original", {
            recording: original.recording,
            when: dateTime(original.sealed_at, language.value),
          })}
        </strong>
      </p>
      <dl class="verifier__facts">
        <div>
          <dt>{t("verifier-fact-manifest")}</dt>
          <dd>
            <code>{original.manifest_sha256}</code>
          </dd>
        </div>
      </dl>
    </section>
  );
}

/** What the certificate of a disposal says. */
function Disposal({ document }: { document: DisposalDocument }) {
  const when = (at: string) => dateTime(at, language.value);
  const { rule, proposed, approved } = document;
  const facts = [
    ["case", `${document.case.reference}: ${document.case.title}`],
    ["hearing", document.hearing.title],
    ["sealed", when(document.sealed_at)],
    ["files", t("verifier-disposal-so-many", { files: document.files, bytes: document.bytes })],
    ["kept", day(rule.kept_until, language.value)],
    ["proposed", `${proposed.by}, ${when(proposed.at)}`],
    ["approved", `${approved.by}, ${when(approved.at)}`],
    ["issued", when(document.issued_at)],
  ];
  return (
    <section class="card" aria-labelledby="disposal" data-testid="disposal">
      <h3 id="disposal" class="govuk-heading-m">
        {t("verifier-disposal-title")}
      </h3>
      <p class="govuk-body">{t(`verifier-disposal-${dashed(document.method)}`)}</p>
      <dl class="verifier__facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`verifier-disposal-${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
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
