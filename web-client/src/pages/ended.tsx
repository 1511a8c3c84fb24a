import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import { useLoaded } from "../app/load";
import { Adjourned } from "../components/adjourned/adjourned";
import { ProblemNotice } from "../components/problem/problem";
import { SaveReceipt } from "../components/receipt/receipt";
import { Link, Shell, Title } from "../components/shell/shell";
import { problemOf } from "../core/api";
import { inOrder } from "../core/evidence";
import { dateTimeInZone, mediaTime } from "../core/format";
import { isCourt } from "../core/hearing";
import { locale, t } from "../core/text";
import type { Adjournment, ByeReason, Evidence, Problem } from "../core/wire";

/** After these one may come back from the same page. */
const BACK: Partial<Record<ByeReason, string>> = {
  left: "ended-come-back",
  opened_elsewhere: "ended-use-here",
  protocol_error: "ended-come-back",
  server_stops: "ended-come-back",
  // In vain until the court allows it; then it need not be told how.
  removed: "try-again",
  dismissed: "try-again",
};
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
  const back = BACK[reason];
  // Only a session made anew lets this page in again; a page that knows its link can make one.
  const link = reason === "session_invalid" ? session.link : null;
  const forCourt =
    (OVER.includes(reason) && me?.capabilities.includes("preside")) ||
    (reason === "left" && me && isCourt(me.role));
  return (
    <Shell>
      <Title key={`ended-${reason}`} text={t(`ended-${id}-title`)} />
      <p class="govuk-body-l" data-testid="ended" data-reason={reason}>
        {t(forCourt ? `court-${id}` : `ended-${id}`)}
      </p>
      {reason === "removed" ? <p class="govuk-body">{t("ended-removed-again")}</p> : null}
      {reason === "dismissed" ? <p class="govuk-body">{t("ended-dismissed-again")}</p> : null}
      {reason === "hearing_adjourned" ? (
        <WhenItGoesOn hearing={props.hearing} known={props.adjourned} />
      ) : null}
      {OVER.includes(reason) && me?.capabilities.includes("see_case") ? (
        <SealedOf hearing={props.hearing} caseId={me.case} sealed={props.sealed ?? 0} />
      ) : null}
      <SaveReceipt hearing={props.hearing} over={OVER.includes(reason)} />
      {OVER.includes(reason) &&
      me?.capabilities.includes("request_media") &&
      !me.capabilities.includes("see_case") ? (
        <p class="govuk-body">
          <Link href="/recordings" testid="recordings-link">
            {t("recordings-ask")}
          </Link>
        </p>
      ) : null}
      {link ? (
        <button
          type="button"
          class="govuk-button"
          data-testid="open-link"
          onClick={() => location.assign(`/join#${link}`)}
        >
          {t("ended-open-link")}
        </button>
      ) : null}
      {back ? (
        <button type="button" class="govuk-button" data-testid="come-back" onClick={() => location.reload()}>
          {t(back)}
        </button>
      ) : null}
    </Shell>
  );
}

/** Reason and next date: as the hearing told them, and after a reload, when it does not, as the server knows them. */
function WhenItGoesOn({ hearing, known }: { hearing: string; known: Adjournment | null }) {
  const { api } = useApp();
  const found = useLoaded(async () => known ?? (await api.now(hearing)).hearing.adjourned, [hearing, known]);
  if (found.problem.value) return <ProblemNotice problem={found.problem.value} mild />;
  return found.value.value ? <Adjourned adjourned={found.value.value} /> : null;
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
        const mine = inOrder(file.evidence.filter((e) => e.hearing === hearing));
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
          {found.value.map((e, i, all) => (
            <li key={e.recording}>
              <Link href={`/recording/${e.recording}`} testid="recording-link">
                {all.length > 1
                  ? t("ended-recording-open-part", { part: i + 1, title: e.title })
                  : t("ended-recording-open", { title: e.title })}
              </Link>{" "}
              <span class="govuk-hint">
                {[
                  t("evidence-length", { length: mediaTime(e.duration_ms) }),
                  t("evidence-sealed", { when: dateTimeInZone(e.sealed_at, locale.value) }),
                ].join(" · ")}
              </span>
              {e.interrupted ? <p class="govuk-body">{t("evidence-interrupted")}</p> : null}
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
