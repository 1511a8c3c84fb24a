import { useSignal } from "@preact/signals";
import { useApp } from "../app/context";
import { useLoaded } from "../app/load";
import { ProblemNotice } from "../components/problem/problem";
import { RequestFacts } from "../components/requests/facts";
import { FormChoice, ReasonForm } from "../components/requests/reason-form";
import { ReleaseView } from "../components/requests/release";
import { Shell, Title } from "../components/shell/shell";
import { problemOf } from "../core/api";
import { mediaTime, shortDateTimeInZone } from "../core/format";
import { locale, t } from "../core/text";
import type { MediaRequest, OpenedRelease, Problem, RecordedHearing } from "../core/wire";
import { NoSession } from "./home";

/** For the parties: the sealed recordings of their hearing, what they asked for, and what was released to them. */
export function RecordingsPage() {
  const { api, session } = useApp();
  const me = session.current.value?.me;
  const hearing = me?.hearing ?? "";
  const recordings = useLoaded(
    async () => (hearing ? await api.recordingsOf(hearing) : []),
    [hearing, session.current.value?.session],
  );
  if (!me) return <NoSession title={t("recordings-title")} />;
  const found = recordings.value.value;
  return (
    <Shell>
      <p class="page__caption">{t("case-caption", { reference: me.case_reference })}</p>
      <Title key="recordings" text={t("recordings-title")} />
      <p class="govuk-body-l">{t("recordings-text")}</p>
      {recordings.problem.value ? <ProblemNotice problem={recordings.problem.value} /> : null}
      {found?.length === 0 ? <p class="govuk-body">{t("recordings-none")}</p> : null}
      {found?.map((one, i) => (
        <OneRecording key={one.recording} recording={one} number={i + 1} />
      ))}
    </Shell>
  );
}

function OneRecording({ recording, number }: { recording: RecordedHearing; number: number }) {
  const { api } = useApp();
  const id = recording.recording;
  const requests = useLoaded(() => api.requests(id), [id]);
  const form = useSignal<"access_copy" | "bundle">("access_copy");
  const heading = `recorded-${number}`;
  return (
    <section class="card" aria-labelledby={heading} data-testid="recorded">
      <h2 id={heading} class="govuk-heading-m">
        {recording.title}
      </h2>
      <p class="govuk-body">
        {t("evidence-sealed", { when: shortDateTimeInZone(recording.sealed_at, locale.value) })} ·{" "}
        {t("evidence-length", { length: mediaTime(recording.duration_ms) })}
      </p>
      {recording.redacted.length > 0 ? (
        <p class="evidence__warn" data-testid="recorded-redacted">
          {t("release-redacted", { references: recording.redacted.join("; ") })}
        </p>
      ) : null}
      {requests.problem.value ? <ProblemNotice problem={requests.problem.value} /> : null}
      <ul class="requests">
        {(requests.value.value ?? []).map((request) => (
          <OwnRequest key={request.id} request={request} onChanged={requests.again} />
        ))}
      </ul>
      <ReasonForm
        id={`ask-${number}`}
        title={t("request-ask")}
        text={t("request-ask-text")}
        button={t("request-ask-now")}
        testid="request-ask"
        onSubmit={async (reason) => {
          await api.requestMedia(id, { form: form.value, reason, released_to: null });
          await requests.again();
        }}
      >
        <FormChoice id={`ask-${number}`} value={form.value} onChange={(chosen) => (form.value = chosen)} />
      </ReasonForm>
    </section>
  );
}

function OwnRequest({ request, onChanged }: { request: MediaRequest; onChanged: () => Promise<void> }) {
  const { api } = useApp();
  const opened = useSignal<OpenedRelease | null>(null);
  const problem = useSignal<Problem | null>(null);
  return (
    <li class="request" data-testid="request" data-state={request.state} data-opens={request.opens}>
      <RequestFacts request={request} />
      {problem.value ? <ProblemNotice problem={problem.value} mild /> : null}
      {opened.value ? <ReleaseView opened={opened.value} /> : null}
      {request.opens && request.own && !opened.value ? (
        <button
          type="button"
          class="govuk-button"
          data-testid="release-open"
          onClick={async () => {
            try {
              opened.value = await api.openRequest(request.id);
              problem.value = null;
            } catch (error) {
              problem.value = problemOf(error);
              await onChanged();
            }
          }}
        >
          {t("release-open")}
          <span class="govuk-visually-hidden"> {t("request-number", { number: request.number })}</span>
        </button>
      ) : null}
    </li>
  );
}
