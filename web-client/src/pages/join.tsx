import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import { go } from "../app/route";
import { Dialog } from "../components/dialog/dialog";
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
  /** Whose link it was that somebody said was not theirs; whether the court was told, which it is not once all is over. */
  const notMe = useSignal<{ name: string; told: boolean } | null>(null);

  const redeem = async () => {
    problem.value = null;
    try {
      session.keep(await api.redeem(secret.value));
      session.link = secret.value;
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
      notMe.value = null;
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
  if (notMe.value) {
    return (
      <NotMe
        {...notMe.value}
        onBack={
          session.link
            ? () => {
                secret.value = session.link ?? "";
                notMe.value = null;
                void redeem();
              }
            : null
        }
      />
    );
  }
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
        onNotMe={async (told) => {
          await api.endSession();
          session.forget();
          notMe.value = { name: me.name, told };
        }}
      />
    </Shell>
  );
}

/** After "This is not me". A press by mistake is no dead end: the link still opens, here as long as the page stands. */
function NotMe(props: { name: string; told: boolean; onBack: (() => void) | null }) {
  const { name, told, onBack } = props;
  return (
    <Shell>
      <Title key="not-me" text={t("not-me-title")} />
      <p class="govuk-body-l" data-testid="not-me">
        {told ? t("not-me-text", { name }) : t("not-me-text-over")}
      </p>
      <p class="govuk-body">{t("not-me-next")}</p>
      <p class="govuk-body">
        {t("not-me-mistake", { name })} {onBack ? null : t("not-me-reopen")}
      </p>
      {onBack ? (
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="not-me-back"
          onClick={onBack}
        >
          {t("not-me-back", { name })}
        </button>
      ) : null}
    </Shell>
  );
}

/** What "This is not me" does, before it is done. */
function NotMeQuestion(props: {
  name: string;
  /** The court is told: while the hearing is not over. */
  told: boolean;
  onConfirm: () => Promise<void>;
  onCancel: () => void;
}) {
  const { name, told } = props;
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  return (
    <Dialog
      title={t("not-me-ask", { name })}
      confirm={t("not-me-confirm")}
      cancel={t("not-me-cancel")}
      onCancel={props.onCancel}
      onConfirm={() => {
        if (busy.value) return;
        busy.value = true;
        problem.value = null;
        props.onConfirm().catch((error: unknown) => {
          problem.value = problemOf(error);
          busy.value = false;
        });
      }}
    >
      <p class="govuk-body">{told ? t("not-me-ask-text", { name }) : t("not-me-ask-over")}</p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
    </Dialog>
  );
}

/** `view` is the hearing at this moment; null until it is known, and then nothing is said of what happens next. */
function Who(props: {
  me: Me;
  view: HearingView | null;
  problem: Problem | null;
  onContinue: () => void;
  /** Told: the court is told of it. */
  onNotMe: (told: boolean) => Promise<void>;
}) {
  const asked = useSignal(false);
  const { me, view } = props;
  const state = view?.state ?? me.hearing_state;
  const over = state === "closed" || state === "adjourned";
  const out = view ? isOut(me, view) : over;
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
          onClick={() => (asked.value = true)}
        >
          {t("join-not-me")}
        </button>
      </div>
      {asked.value ? (
        <NotMeQuestion
          name={me.name}
          told={!over}
          onConfirm={() => props.onNotMe(!over)}
          onCancel={() => (asked.value = false)}
        />
      ) : null}
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
