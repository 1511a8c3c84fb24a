import { useSignal } from "@preact/signals";
import { useApp } from "../app/context";
import { useLoaded } from "../app/load";
import { Alarms } from "../components/condition/alarms";
import { ProblemNotice } from "../components/problem/problem";
import { Link, Shell, Title } from "../components/shell/shell";
import { problemOf } from "../core/api";
import { dateTimeInZone, shortDateTime } from "../core/format";
import { locale, t } from "../core/text";
import type { Case } from "../core/wire";

/** Where one is without a link: who is here, the way to the hearing, and the cases for those who may see them. */
export function HomePage() {
  const { session } = useApp();
  const me = session.current.value?.me;
  if (!me) {
    return <NoSession title={t("home-title")} />;
  }
  return (
    <Shell>
      <Title key="home-me" text={t("home-title")} />
      <section class="card">
        <h2 class="govuk-heading-m">{me.hearing_title}</h2>
        <p class="govuk-body">
          {me.case_reference} · {dateTimeInZone(me.listed_for, locale.value)}
        </p>
        <Link href="/hearing" class="govuk-button">
          {t("home-to-hearing")}
        </Link>
      </section>
      {me.capabilities.includes("handle_evidence") ? <Alarms /> : null}
      {me.capabilities.includes("see_case") ? <CasesSection /> : null}
      {me.capabilities.includes("request_media") && !me.capabilities.includes("see_case") ? (
        <p class="govuk-body">
          <Link href="/recordings" testid="recordings-link">
            {t("recordings-title")}
          </Link>
        </p>
      ) : null}
    </Shell>
  );
}

/** For whoever opened no link in this tab: nothing has ended, for nothing has begun. */
export function NoSession({ title }: { title: string }) {
  return (
    <Shell>
      <Title key="no-session" text={title} />
      <p class="govuk-body-l" data-testid="no-session">
        {t("home-no-link")}
      </p>
      <p class="govuk-body">{t("home-no-link-help")}</p>
    </Shell>
  );
}

function CasesSection() {
  const { api, session } = useApp();
  const older = useSignal<Case[]>([]);
  const cases = useLoaded(async () => {
    const page = await api.cases();
    older.value = [];
    return page;
  }, [session.current.value?.session]);
  const page = cases.value.value;
  const more = async () => {
    const last = [...(page?.cases ?? []), ...older.value].at(-1);
    if (!page || !last) return;
    try {
      const next = await api.cases(last.id);
      older.value = [...older.value, ...next.cases];
      cases.value.value = { ...page, more: next.more };
      cases.problem.value = null;
    } catch (error) {
      cases.problem.value = problemOf(error);
    }
  };
  return (
    <section>
      <h2 class="govuk-heading-m">{t("cases-title")}</h2>
      {cases.problem.value ? <ProblemNotice problem={cases.problem.value} /> : null}
      {page ? <CaseList cases={[...page.cases, ...older.value]} /> : null}
      {page?.more ? (
        <button type="button" class="govuk-button govuk-button--secondary" data-testid="older" onClick={more}>
          {t("cases-older")}
        </button>
      ) : null}
    </section>
  );
}

export function CaseList({ cases }: { cases: Case[] }) {
  if (cases.length === 0) return <p class="govuk-body">{t("cases-none")}</p>;
  return (
    <ul class="cases">
      {cases.map((one) => (
        <li key={one.id} class="cases__row">
          <Link href={`/case/${one.id}`}>
            <strong>{one.reference}</strong> {one.title}
          </Link>
          <span class="govuk-hint">{shortDateTime(one.created_at, locale.value)}</span>
        </li>
      ))}
    </ul>
  );
}
