import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { shortDateTime, zone } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { Problem, Recording, RedactionOrder, Redactions } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";
import { ProblemNotice } from "../problem/problem";
import { ReasonForm } from "../requests/reason-form";
import { Link } from "../shell/shell";
import { Intervals, LogEntries } from "./intervals";
import { OrderForm } from "./order-form";

const LOOK_EVERY_MS = 1_000;

interface RedactionsProps {
  recording: Recording;
  /** The moment that the player is at. */
  now: () => Place | null;
  /** Something was entered into the chain of custody. */
  onChanged: () => void;
}

/** For the court: orders to redact this recording, and the redacted copies that carry them out. */
export function RedactionsPart({ recording, now, onChanged }: RedactionsProps) {
  const { api } = useApp();
  const id = recording.evidence.recording;
  const found = useLoaded(() => api.redactions(id), [id]);
  const all = found.value.value;
  const inForce = all?.orders.filter((order) => order.lifted === null).length ?? 0;
  const names = new Map(recording.tracks.map((track) => [track.participant, track.name]));
  const nameOf = (participant: string) => names.get(participant) ?? participant;
  const running = all?.making.state === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => void found.again(), LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      onChanged();
    };
  }, [running]);
  const changed = async () => {
    await found.again();
    onChanged();
  };
  return (
    <Fold id="redactions" title={t("redactions-title")} sum={t("redactions-sum", { count: inForce })}>
      <p class="govuk-body">{t("redactions-text")}</p>
      {found.problem.value ? <ProblemNotice problem={found.problem.value} /> : null}
      {all?.orders.length === 0 ? <p class="govuk-body">{t("redactions-none")}</p> : null}
      {all && all.orders.length > 0 ? (
        <p class="govuk-hint">
          {t("times-in-zone", { zone: zone(all.orders[0]?.ordered.at ?? Date.now(), locale.value) })}
        </p>
      ) : null}
      <ul class="requests">
        {all?.orders.map((order) => (
          <li
            key={order.id}
            class="request"
            data-testid="redaction"
            data-state={order.lifted ? "lifted" : "in_force"}
          >
            <Order order={order} recording={id} nameOf={nameOf} may={all.may_order} onChanged={changed} />
          </li>
        ))}
      </ul>
      {all ? <Copies all={all} recording={id} onChanged={changed} /> : null}
      {all?.may_order ? <OrderForm recording={recording} now={now} onOrdered={changed} /> : null}
      {all && !all.may_order ? <p class="govuk-hint">{t("redactions-judge-orders")}</p> : null}
    </Fold>
  );
}

function Order(props: {
  order: RedactionOrder;
  recording: string;
  nameOf: (participant: string) => string;
  may: boolean;
  onChanged: () => Promise<void>;
}) {
  const { api } = useApp();
  const { order } = props;
  const when = (at: number) => shortDateTime(at, locale.value);
  return (
    <>
      <p class="govuk-body">
        <strong>{t("redactions-by-order", { reference: order.reference })}</strong>{" "}
        {t(order.lifted ? "redactions-lifted" : "redactions-in-force")}
      </p>
      <p class="govuk-body">
        {t("redactions-ordered", {
          by: whoText(order.ordered.by),
          when: when(order.ordered.at),
          reason: order.ordered.reason,
        })}
      </p>
      {order.lifted ? (
        <p class="govuk-body">
          {t("redactions-lifted-by", {
            by: whoText(order.lifted.by),
            when: when(order.lifted.at),
            reason: order.lifted.reason,
          })}
        </p>
      ) : null}
      {order.recording === props.recording ? null : (
        <p class="govuk-body">
          <Link href={`/recording/${order.recording}`} testid="redaction-about">
            {t("redactions-about-other")}
          </Link>
        </p>
      )}
      <Intervals intervals={order.intervals} nameOf={props.nameOf} />
      <LogEntries numbers={order.log_entries} />
      {props.may && !order.lifted ? (
        <ReasonForm
          id={`lift-${order.id}`}
          title={t("redactions-lift")}
          text={t("redactions-lift-text")}
          button={t("redactions-lift-now")}
          testid="redaction-lift"
          onSubmit={async (reason) => {
            await api.liftRedaction(order.id, reason);
            await props.onChanged();
          }}
        />
      ) : null}
    </>
  );
}

/** The copies, and the one that is being made. */
function Copies(props: { all: Redactions; recording: string; onChanged: () => Promise<void> }) {
  const { api, session } = useApp();
  const problem = useSignal<Problem | null>(null);
  const { all } = props;
  const may = session.current.value?.me.capabilities.includes("handle_evidence") ?? false;
  const making = all.making.state === "running";
  const percent = all.making.percent ?? 0;
  const ask = async (work: () => Promise<unknown>) => {
    try {
      problem.value = null;
      await work();
    } catch (error) {
      problem.value = problemOf(error);
    }
    await props.onChanged();
  };
  return (
    <>
      {all.withheld ? (
        <p class="evidence__warn" role="status" data-testid="redactions-withheld">
          {t("redactions-withheld")}
        </p>
      ) : null}
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {all.making.state === "failed" ? (
        <p class="evidence__warn" role="alert">
          {t("redactions-failed", { detail: all.making.detail ?? "" })}
        </p>
      ) : null}
      {making ? (
        <div class="access__progress">
          <label for="redaction-progress">{t("redactions-making", { percent })}</label>
          <progress id="redaction-progress" max={100} value={percent} data-testid="redaction-progress" />
          <button
            type="button"
            class="govuk-button govuk-button--secondary"
            data-testid="redaction-cancel"
            onClick={() => void ask(() => api.redactedCopy(props.recording, "DELETE"))}
          >
            {t("cancel")}
          </button>
        </div>
      ) : null}
      {all.withheld && !making && may ? (
        <button
          type="button"
          class="govuk-button"
          data-testid="redaction-make"
          onClick={() => void ask(() => api.redactedCopy(props.recording, "POST"))}
        >
          {t("redactions-make")}
        </button>
      ) : null}
      <ul class="redactions__copies">
        {all.copies.map((copy) => (
          <li key={copy.recording} data-testid="redacted-copy" data-current={copy.current}>
            <Link href={`/recording/${copy.recording}`}>
              {t("redactions-copy", { when: shortDateTime(copy.made_at, locale.value) })}
            </Link>{" "}
            {t(copy.current ? "redactions-copy-current" : "redactions-copy-old")}
          </li>
        ))}
      </ul>
    </>
  );
}
