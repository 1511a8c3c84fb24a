import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import { go } from "../app/route";
import { Icon } from "../components/icon/icon";
import { isOut, Next, StraightBack } from "../components/next/next";
import { useNow } from "../components/next/now";
import { ProblemNotice } from "../components/problem/problem";
import { Shell, Title } from "../components/shell/shell";
import { localProblem, problemOf } from "../core/api";
import { dateTimeInZone } from "../core/format";
import { locale, t } from "../core/text";
import type { HearingView, Me, Problem } from "../core/wire";

/** Problems that another try with the same link may mend; the court may let somebody come back whom it had put out. */
const PASSING = ["unreachable", "too_many_requests", "unexpected", "removed"];

/** A link opens: who you are and which hearing. */
export function JoinPage() {
  const { api, session } = useApp();
  const problem = useSignal<Problem | null>(null);
  const secret = useSignal(location.hash.slice(1));
  const notMe = useSignal(false);

  const redeem = async () => {
    problem.value = null;
    try {
      session.keep(await api.redeem(secret.value));
      // The secret has done its work: it stays neither in the address bar nor in the history.
      history.replaceState(null, "", "/join");
      secret.value = "";
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  useEffect(() => {
    if (secret.value) {
      // Whoever opened another link in this tab before is not who opens this one.
      session.forget();
      void redeem();
    } else if (!session.current.value)
      problem.value = localProblem("no_link", "The address holds no invitation");
    // Another link pasted into the same tab changes only what follows the #, and loads nothing.
    const changed = () => {
      const fresh = location.hash.slice(1);
      if (!fresh) return;
      session.forget();
      notMe.value = false;
      secret.value = fresh;
      void redeem();
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);

  const me = session.current.value?.me ?? null;
  const shown = me && !secret.value && !problem.value ? me.hearing : null;
  const now = useNow(api, shown);
  const ended = now.problem.value?.code === "session_invalid" ? now.problem.value : null;
  if (notMe.value) return <NotMe />;
  const failed = problem.value ?? ended;
  if (failed) {
    return (
      <Shell>
        <Title key="problem" text={t("join-problem-title")} />
        <ProblemNotice problem={failed} mild />
        {failed.code === "removed" ? null : <p class="govuk-body">{t("join-problem-help")}</p>}
        {secret.value && PASSING.includes(failed.code) ? (
          <button type="button" class="govuk-button" onClick={() => void redeem()}>
            {t("try-again")}
          </button>
        ) : null}
      </Shell>
    );
  }
  if (!me || secret.value) {
    return (
      <Shell>
        <Title key="opening" text={t("join-opening")} />
      </Shell>
    );
  }
  return (
    <Shell>
      <Who
        me={me}
        view={now.view.value}
        problem={now.problem.value}
        onContinue={() => go("/hearing")}
        onNotMe={async () => {
          await api.endSession().catch(() => undefined);
          session.forget();
          notMe.value = true;
        }}
      />
    </Shell>
  );
}

function NotMe() {
  return (
    <Shell>
      <Title key="not-me" text={t("not-me-title")} />
      <p class="govuk-body-l">{t("not-me-text")}</p>
      <p class="govuk-body">{t("not-me-next")}</p>
    </Shell>
  );
}

/** `view` is the hearing at this moment; null until it is known, and then nothing is said of what happens next. */
function Who(props: {
  me: Me;
  view: HearingView | null;
  problem: Problem | null;
  onContinue: () => void;
  onNotMe: () => void;
}) {
  const { me, view } = props;
  const state = view?.state ?? me.hearing_state;
  const out = view ? isOut(me, view) : state === "closed" || state === "adjourned";
  const rows: Array<[string, string]> = [
    [t("join-name"), me.name],
    [t("join-role"), t(`role-${me.role}`)],
    [t("join-hearing"), me.hearing_title],
    [t("join-case"), me.case_title ? `${me.case_reference} – ${me.case_title}` : me.case_reference],
    [t("join-time"), dateTimeInZone(me.listed_for, locale.value)],
    [t("join-state"), t(`state-${state.replaceAll("_", "-")}`)],
  ];
  return (
    <>
      <Title key="who" text={t("join-title")} />
      {/* Above all else: on a phone the buttons lie over whatever is at the bottom. */}
      {view ? <StraightBack me={me} view={view} /> : null}
      <div class="card who">
        <dl class="govuk-summary-list">
          {rows.map(([key, value]) => (
            <div key={key} class="govuk-summary-list__row">
              <dt class="govuk-summary-list__key">{key}</dt>
              <dd class="govuk-summary-list__value">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div class="govuk-button-group who__buttons">
        <button type="button" class="govuk-button" data-testid="join-continue" onClick={props.onContinue}>
          {out ? t("join-continue-over") : t("join-continue")}
        </button>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="join-not-me"
          onClick={props.onNotMe}
        >
          {t("join-not-me")}
        </button>
      </div>
      {view ? <Next me={me} view={view} /> : null}
      {props.problem ? <ProblemNotice problem={props.problem} mild /> : null}
      {out ? null : (
        <p class="inset">
          <Icon name="warning" />
          <span>{t("join-rules")}</span>
        </p>
      )}
    </>
  );
}
