import { shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { Decision, MediaRequest } from "../../core/wire";

const when = (at: number): string => shortDateTimeInZone(at, locale.value);

/** A release whose time is over is none any more. */
const isOver = ({ state, opens }: MediaRequest): boolean => state === "granted" && !opens;

/** Where a request stands. */
export function standing(request: MediaRequest): string {
  if (isOver(request)) return t("request-state-over");
  return t(`request-state-${request.state}`);
}

/** What there is to know of a request: who asks for what, for whom, why, and what was decided. */
export function RequestFacts({ request }: { request: MediaRequest }) {
  return (
    <>
      <p class="request__head">
        <strong>{t("request-number", { number: request.number })}</strong>{" "}
        <span class={`request__state request__state--${isOver(request) ? "over" : request.state}`}>
          {standing(request)}
        </span>
      </p>
      <dl class="request__facts">
        <dt>{t("request-form")}</dt>
        <dd>{t(`request-form-${request.form.replaceAll("_", "-")}`)}</dd>
        <dt>{t("request-to")}</dt>
        <dd>{request.released_to}</dd>
        <dt>{t("request-by")}</dt>
        <dd>
          {whoText(request.requested_by)}, {when(request.requested_at)}
        </dd>
        <dt>{t("request-reason")}</dt>
        <dd>{request.reason}</dd>
        {request.expires_at && request.state === "granted" ? (
          <>
            <dt>{t(request.opens ? "request-opens-until" : "request-opened-until")}</dt>
            <dd>{when(request.expires_at)}</dd>
          </>
        ) : null}
        {request.decision ? <Decided title={t("request-decision")} decision={request.decision} /> : null}
        {request.withdrawal ? (
          <Decided title={t("request-withdrawal")} decision={request.withdrawal} />
        ) : null}
      </dl>
    </>
  );
}

function Decided({ title, decision }: { title: string; decision: Decision }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {decision.reason}
        <span class="request__who">
          {whoText(decision.by)}, {when(decision.at)}
        </span>
      </dd>
    </>
  );
}
