import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { problemOf } from "../../core/api";
import { shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { CaseFile, Disposal, Evidence, Problem, Retention } from "../../core/wire";
import { Dialog } from "../dialog/dialog";
import { ProblemNotice } from "../problem/problem";
import { ReasonForm } from "../requests/reason-form";
import { decisionText } from "./words";

interface Props {
  file: CaseFile;
  kept: Retention;
  may: boolean;
  onTaken: (next: Promise<Retention>) => Promise<void>;
}

const UNDER_WAY: Disposal["state"][] = ["proposed", "approved", "carrying_out"];

/** Recordings that may be destroyed, and what was decided about that: one person proposes, another approves. */
export function Disposals({ file, kept, may, onTaken }: Props) {
  const { api } = useApp();
  const nameOf = (recording: string): string => {
    const one = file.evidence.find((e) => e.recording === recording);
    return one ? named(one) : recording;
  };
  const isUnderWay = (recording: string) =>
    kept.disposals.some((d) => d.recording === recording && UNDER_WAY.includes(d.state));
  const due = file.evidence.filter((e) => e.state === "attached" && !isUnderWay(e.recording));
  return (
    <>
      <ul class="requests">
        {kept.disposals.map((one) => (
          <li key={one.id} class="request" data-testid="disposal" data-state={one.state}>
            <p class="request__head">
              <strong>{nameOf(one.recording)}</strong>: {t(`disposal-${one.state.replaceAll("_", "-")}`)}
            </p>
            <p class="govuk-body">{t("disposal-proposed-by", { text: decisionText(one.proposed) })}</p>
            {one.decided ? (
              <p class="govuk-body">{t("disposal-decided-by", { text: decisionText(one.decided) })}</p>
            ) : null}
            {one.done_at ? (
              <p class="govuk-body">
                {t("disposal-done-at", { when: shortDateTimeInZone(one.done_at, locale.value) })}
              </p>
            ) : null}
            {may ? <Acts one={one} name={nameOf(one.recording)} held={kept.held} onTaken={onTaken} /> : null}
          </li>
        ))}
      </ul>
      {may && kept.rule?.due && !kept.held
        ? due.map((e) => (
            <ReasonForm
              key={e.recording}
              id={`propose-${e.recording}`}
              title={t("disposal-propose", { name: named(e) })}
              text={t("disposal-propose-text")}
              button={t("disposal-propose-now")}
              testid="disposal-propose"
              onSubmit={(reason) => onTaken(api.proposeDisposal(e.recording, reason))}
            />
          ))
        : null}
    </>
  );
}

function named(e: Evidence): string {
  return `${e.title}, ${t("evidence-sealed", { when: shortDateTimeInZone(e.sealed_at, locale.value) })}`;
}

function Acts(props: {
  one: Disposal;
  name: string;
  held: boolean;
  onTaken: (next: Promise<Retention>) => Promise<void>;
}) {
  const { api } = useApp();
  const { one, held, onTaken } = props;
  const asks = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const open = one.state === "proposed" || one.state === "approved";
  const carries = (one.state === "approved" && !held) || one.state === "carrying_out";
  return (
    <div class="request__acts">
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {one.state === "proposed" && one.own ? <p class="govuk-hint">{t("disposal-own")}</p> : null}
      {one.state === "proposed" && !one.own && !held ? (
        <ReasonForm
          id={`approve-${one.id}`}
          title={t("disposal-approve")}
          text={t("disposal-approve-text")}
          button={t("disposal-approve-now")}
          danger
          testid="disposal-approve"
          onSubmit={(reason) => onTaken(api.decideDisposal(one.id, "approve", reason))}
        />
      ) : null}
      {open ? (
        <ReasonForm
          id={`reject-${one.id}`}
          title={t("disposal-reject")}
          button={t("disposal-reject-now")}
          testid="disposal-reject"
          onSubmit={(reason) => onTaken(api.decideDisposal(one.id, "reject", reason))}
        />
      ) : null}
      {carries ? (
        <button
          type="button"
          class="govuk-button govuk-button--warning"
          data-testid="disposal-carry-out"
          onClick={() => (asks.value = true)}
        >
          {t("disposal-carry-out")}
          <span class="govuk-visually-hidden"> {props.name}</span>
        </button>
      ) : null}
      {asks.value ? (
        <Dialog
          title={t("disposal-carry-out-title", { name: props.name })}
          confirm={t("disposal-carry-out-now")}
          danger
          onCancel={() => (asks.value = false)}
          onConfirm={async () => {
            asks.value = false;
            try {
              problem.value = null;
              await onTaken(api.carryOutDisposal(one.id));
            } catch (error) {
              problem.value = problemOf(error);
            }
          }}
        >
          <p class="govuk-body">{t("disposal-carry-out-text")}</p>
        </Dialog>
      ) : null}
    </div>
  );
}
