import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import { ProblemNotice } from "../components/problem/problem";
import { Link, Shell, Title } from "../components/shell/shell";
import { problemOf } from "../core/api";
import { dateTimeInZone, mediaTime, shortDateTimeInZone } from "../core/format";
import { locale, t } from "../core/text";
import type { Adjournment, ByeReason, Evidence, Problem } from "../core/wire";

/** After these one may come back from the same page. */
const BACK: ByeReason[] = ["left", "opened_elsewhere", "protocol_error", "server_stops"];
const OVER: ByeReason[] = ["hearing_closed", "hearing_adjourned"];
const LOOK_EVERY_MS = 1_500;
const LOOKS_MAX = 40;

/** Why it is over, and what may be done now. */
export function EndedPage(props: {
  reason: ByeReason;
  hearing: string;
  adjourned: Adjournment | null;
  /** Sealed recordings that the hearing has told of so far. */
  sealed?: number;
}) {
  const { session } = useApp();
  const { reason } = props;
  const me = session.current.value?.me;
  const id = reason.replaceAll("_", "-");
  return (
    <Shell>
      <Title key={`ended-${reason}`} text={t(`ended-${id}-title`)} />
      <p class="govuk-body-l" data-testid="ended" data-reason={reason}>
        {t(OVER.includes(reason) && me?.capabilities.includes("preside") ? `court-${id}` : `ended-${id}`)}
      </p>
      {props.adjourned?.reason || props.adjourned?.next ? (
        <p class="govuk-body">
          {[
            props.adjourned.reason && t("ended-reason", { reason: props.adjourned.reason }),
            props.adjourned.next &&
              t("ended-next", { when: dateTimeInZone(props.adjourned.next, locale.value) }),
          ]
            .filter(Boolean)
            .join(" ")}
        </p>
      ) : null}
      {OVER.includes(reason) && me?.capabilities.includes("see_case") ? (
        <SealedOf hearing={props.hearing} caseId={me.case} sealed={props.sealed ?? 0} />
      ) : null}
      {BACK.includes(reason) ? (
        <button type="button" class="govuk-button" data-testid="come-back" onClick={() => location.reload()}>
          {t(`ended-${reason === "opened_elsewhere" ? "use-here" : "come-back"}`)}
        </button>
      ) : null}
    </Shell>
  );
}

/** The sealed recording, as soon as it is there: sealing takes a moment after the closing. */
function SealedOf({ hearing, caseId, sealed }: { hearing: string; caseId: string; sealed: number }) {
  const { api } = useApp();
  const found = useSignal<Evidence[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const tired = useSignal(false);
  useEffect(() => {
    let looks = 0;
    let timer = 0;
    const look = async () => {
      try {
        const file = await api.caseFile(caseId);
        problem.value = null;
        const mine = file.evidence.filter((e) => e.hearing === hearing);
        if (mine.length > 0) found.value = mine;
        if (mine.length > 0 && mine.length >= sealed) return;
      } catch (error) {
        problem.value = problemOf(error);
      }
      if (++looks < LOOKS_MAX) timer = window.setTimeout(() => void look(), LOOK_EVERY_MS);
      else tired.value = true;
    };
    void look();
    return () => clearTimeout(timer);
  }, [hearing, caseId, sealed]);
  return (
    <section aria-live="polite">
      <h2 class="govuk-heading-m">{t("ended-recording-title")}</h2>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {found.value ? (
        <ul class="govuk-list">
          {found.value.map((e) => (
            <li key={e.recording}>
              <Link href={`/recording/${e.recording}`} testid="recording-link">
                {t("ended-recording-open", { title: e.title })}
              </Link>
              {/* A failure leaves a hearing with several recordings of one title. */}
              <p class="evidence__facts">
                {t("evidence-sealed", { when: shortDateTimeInZone(e.sealed_at, locale.value) })} ·{" "}
                {t("evidence-length", { length: mediaTime(e.duration_ms) })}
              </p>
              {e.interrupted ? <p class="evidence__warn">{t("evidence-interrupted")}</p> : null}
            </li>
          ))}
        </ul>
      ) : (
        <p class="govuk-body">{tired.value ? t("ended-recording-none") : t("ended-recording-sealing")}</p>
      )}
      <p class="govuk-body">
        <Link href={`/case/${caseId}`}>{t("ended-case")}</Link>
      </p>
    </section>
  );
}
