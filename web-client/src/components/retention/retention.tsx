import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { day, shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { CaseFile, Retention, RetentionRule } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";
import { ReasonForm } from "../requests/reason-form";
import { Disposals } from "./disposals";
import { RuleForm } from "./rule-form";
import { decisionText } from "./words";

/** How long the recordings of a case are kept, what stands against destroying them, and who decided what about it. */
export function RetentionPart({ file, onChanged }: { file: CaseFile; onChanged: () => void }) {
  const { api, session } = useApp();
  const loaded = useLoaded(() => api.retention(file.case.id), [file.case.id]);
  const can = (capability: "set_retention" | "hold_evidence" | "dispose") =>
    session.current.value?.me.capabilities.includes(capability) ?? false;
  const kept = loaded.value.value;
  const take = async (next: Promise<Retention>) => {
    loaded.value.value = await next;
  };
  return (
    <section data-testid="retention" aria-labelledby="retention-title">
      <h2 id="retention-title" class="govuk-heading-m">
        {t("retention-title")}
      </h2>
      {loaded.problem.value ? <ProblemNotice problem={loaded.problem.value} /> : null}
      {kept ? (
        <>
          <Rule rule={kept.rule} held={kept.held} />
          {can("set_retention") ? (
            <RuleForm onSet={(body) => take(api.setRetention(file.case.id, body))} />
          ) : null}
          <Holds
            kept={kept}
            may={can("hold_evidence")}
            onHold={(reason) => take(api.holdCase(file.case.id, reason))}
            onLift={(id, reason) => take(api.liftHold(id, reason))}
          />
          <Disposals
            file={file}
            kept={kept}
            may={can("dispose")}
            onTaken={async (next) => {
              await take(next);
              onChanged();
            }}
          />
        </>
      ) : null}
    </section>
  );
}

function Rule({ rule, held }: { rule: RetentionRule | null; held: boolean }) {
  return (
    <>
      <p class="govuk-body" data-testid="retention-rule" data-due={rule?.due ?? false}>
        {rule
          ? t("retention-rule", {
              class: t(`retention-class-${rule.class.replaceAll("_", "-")}`),
              decided: day(rule.decided_on, locale.value),
              until: day(rule.kept_until, locale.value),
            })
          : t("retention-none")}{" "}
        {rule?.sentence_months ? t("retention-sentence", { count: rule.sentence_months }) : null}
      </p>
      {rule ? (
        <p class="govuk-hint">
          {t("retention-set-by", {
            by: whoText(rule.set_by),
            when: shortDateTimeInZone(rule.set_at, locale.value),
          })}
        </p>
      ) : null}
      {held ? (
        <p class="evidence__warn" data-testid="retention-held">
          {t("retention-held")}
        </p>
      ) : rule?.due ? (
        <p class="govuk-body">
          <strong>{t("retention-due")}</strong>
        </p>
      ) : null}
    </>
  );
}

function Holds(props: {
  kept: Retention;
  may: boolean;
  onHold: (reason: string) => Promise<void>;
  onLift: (id: string, reason: string) => Promise<void>;
}) {
  return (
    <>
      <ul class="requests">
        {props.kept.holds.map((hold, i) => (
          <li key={hold.id} class="request" data-testid="hold" data-lifted={hold.lifted !== null}>
            <p class="request__head">
              <strong>{t("hold-number", { number: props.kept.holds.length - i })}</strong>{" "}
              {t(hold.lifted ? "hold-lifted" : "hold-in-force")}
            </p>
            <p class="govuk-body">{decisionText(hold.set)}</p>
            {hold.lifted ? (
              <p class="govuk-body">{t("hold-lifted-by", { text: decisionText(hold.lifted) })}</p>
            ) : null}
            {props.may && !hold.lifted ? (
              <ReasonForm
                id={`lift-${hold.id}`}
                title={t("hold-lift")}
                button={t("hold-lift-now")}
                testid="hold-lift"
                onSubmit={(reason) => props.onLift(hold.id, reason)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {props.may ? (
        <ReasonForm
          id="hold"
          title={t("hold-set")}
          text={t("hold-set-text")}
          button={t("hold-set-now")}
          testid="hold-set"
          onSubmit={props.onHold}
        />
      ) : null}
    </>
  );
}
