import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { t } from "../../core/text";
import type { MediaRequest, Problem, ReleaseLink } from "../../core/wire";
import { Fold } from "../fold/fold";
import { ProblemNotice } from "../problem/problem";
import { RequestFacts } from "./facts";
import { FormChoice, ReasonForm } from "./reason-form";

const DAYS = [1, 7, 14, 30, 90, 365] as const;
const DAYS_FIRST = 14;

/** For the court: who asks for this recording, what was released to whom, and the acts that go with it. */
export function Requests({ recording, onChanged }: { recording: string; onChanged: () => void }) {
  const { api, session } = useApp();
  const requests = useLoaded(() => api.requests(recording), [recording]);
  const all = requests.value.value ?? [];
  const pending = all.filter((r) => r.state === "pending").length;
  const changed = async () => {
    await requests.again();
    onChanged();
  };
  const enters = session.current.value?.me.capabilities.includes("request_media") ?? false;
  return (
    <Fold id="requests" title={t("requests-title")} sum={t("requests-sum", { count: all.length, pending })}>
      <p class="govuk-body">{t("requests-text")}</p>
      {requests.problem.value ? <ProblemNotice problem={requests.problem.value} /> : null}
      {all.length === 0 ? <p class="govuk-body">{t("requests-none")}</p> : null}
      <ul class="requests">
        {all.map((request) => (
          <li
            key={request.id}
            class="request"
            data-testid="request"
            data-state={request.state}
            data-opens={request.opens}
          >
            <RequestFacts request={request} />
            <CopyState request={request} />
            {request.state === "pending" ? <Decide request={request} onChanged={changed} /> : null}
            {request.opens ? <Released request={request} onChanged={changed} /> : null}
          </li>
        ))}
      </ul>
      {enters ? <Enter recording={recording} onChanged={changed} /> : null}
    </Fold>
  );
}

/** How far the marked copy of a release is. */
export function CopyState({ request }: { request: Pick<MediaRequest, "copy"> }) {
  const copy = request.copy;
  if (!copy) return null;
  if (copy.state === "running")
    return <p class="govuk-hint">{t("access-running", { percent: copy.percent ?? 0 })}</p>;
  if (copy.state === "failed")
    return <p class="evidence__warn">{t("access-failed", { detail: copy.detail ?? "" })}</p>;
  return <p class="govuk-hint">{t(copy.state === "done" ? "release-copy-done" : "release-copy-none")}</p>;
}

function Decide({ request, onChanged }: { request: MediaRequest; onChanged: () => Promise<void> }) {
  const { api } = useApp();
  const days = useSignal<number>(DAYS_FIRST);
  const link = useSignal<ReleaseLink | null>(null);
  const id = `decide-${request.id}`;
  return (
    <div class="request__acts">
      {link.value ? <ShownLink link={link.value} onClose={onChanged} /> : null}
      {link.value ? null : (
        <>
          <ReasonForm
            id={`${id}-grant`}
            title={t("request-grant")}
            text={t("request-grant-text", { name: request.released_to })}
            button={t("request-grant-now")}
            testid="request-grant"
            onSubmit={async (reason) => {
              link.value = await api.grantRequest(request.id, reason, days.value);
            }}
          >
            <div class="govuk-form-group">
              <label class="govuk-label" for={`${id}-days`}>
                {t("request-days")}
              </label>
              <select
                id={`${id}-days`}
                class="govuk-select"
                value={days.value}
                onChange={(event) => (days.value = Number(event.currentTarget.value))}
              >
                {DAYS.map((d) => (
                  <option key={d} value={d}>
                    {t("request-days-option", { count: d })}
                  </option>
                ))}
              </select>
            </div>
          </ReasonForm>
          <ReasonForm
            id={`${id}-refuse`}
            title={t("request-refuse")}
            button={t("request-refuse-now")}
            testid="request-refuse"
            onSubmit={async (reason) => {
              await api.refuseRequest(request.id, reason);
              await onChanged();
            }}
          />
        </>
      )}
    </div>
  );
}

function Released({ request, onChanged }: { request: MediaRequest; onChanged: () => Promise<void> }) {
  const { api } = useApp();
  const link = useSignal<ReleaseLink | null>(null);
  const problem = useSignal<Problem | null>(null);
  return (
    <div class="request__acts">
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {link.value ? (
        <ShownLink
          link={link.value}
          onClose={async () => {
            link.value = null;
          }}
        />
      ) : (
        <>
          <button
            type="button"
            class="govuk-button govuk-button--secondary"
            data-testid="release-link"
            onClick={async () => {
              try {
                problem.value = null;
                link.value = await api.releaseLink(request.id);
              } catch (error) {
                problem.value = problemOf(error);
              }
            }}
          >
            {t("release-link-make")}
            <span class="govuk-visually-hidden"> {t("request-number", { number: request.number })}</span>
          </button>
          <p class="govuk-hint">{t("release-link-hint")}</p>
        </>
      )}
      <ReasonForm
        id={`withdraw-${request.id}`}
        title={t("release-withdraw")}
        text={t("release-withdraw-text")}
        button={t("release-withdraw-now")}
        danger
        testid="release-withdraw"
        onSubmit={async (reason) => {
          await api.withdrawRelease(request.id, reason);
          await onChanged();
        }}
      />
    </div>
  );
}

/** The link of a release, shown once: whoever has it opens the release. */
function ShownLink({ link, onClose }: { link: ReleaseLink; onClose: () => Promise<void> }) {
  const copied = useSignal<"done" | "refused" | null>(null);
  const field = `release-link-${link.request.id}`;
  return (
    <div class="invite__made" data-testid="release-link-made">
      <p class="govuk-body">{t("release-link-once", { name: link.request.released_to })}</p>
      <label class="govuk-visually-hidden" for={field}>
        {t("invite-link", { name: link.request.released_to })}
      </label>
      <input id={field} class="govuk-input" readOnly value={link.link} />
      <button
        type="button"
        class="govuk-button"
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(link.link);
            copied.value = "done";
          } catch {
            // Without leave for the clipboard the address stands in the field, ready to be copied by hand.
            copied.value = "refused";
            const input = document.getElementById(field);
            if (input instanceof HTMLInputElement) input.select();
          }
        }}
      >
        {copied.value === "done" ? t("invite-copied") : t("invite-copy")}
      </button>{" "}
      <button
        type="button"
        class="govuk-button govuk-button--secondary"
        data-testid="release-link-close"
        onClick={() => void onClose()}
      >
        {t("release-link-close")}
      </button>
      <p role="status" class={copied.value === "refused" ? "govuk-hint" : "govuk-visually-hidden"}>
        {copied.value === "done" ? t("invite-copied-told") : null}
        {copied.value === "refused" ? t("invite-copy-refused") : null}
      </p>
    </div>
  );
}

/** A request that came on paper or by telephone is entered by the court. */
function Enter({ recording, onChanged }: { recording: string; onChanged: () => Promise<void> }) {
  const { api } = useApp();
  const name = useSignal("");
  const form = useSignal<"access_copy" | "bundle">("access_copy");
  return (
    <ReasonForm
      id="enter"
      title={t("request-enter")}
      text={t("request-enter-text")}
      button={t("request-enter-now")}
      testid="request-enter"
      onSubmit={async (reason) => {
        await api.requestMedia(recording, { form: form.value, reason, released_to: name.value.trim() });
        name.value = "";
        await onChanged();
      }}
    >
      <FormChoice id="enter" value={form.value} onChange={(chosen) => (form.value = chosen)} />
      <div class="govuk-form-group">
        <label class="govuk-label" for="enter-name">
          {t("request-name")}
        </label>
        <input
          id="enter-name"
          class="govuk-input"
          required
          maxLength={200}
          autocomplete="off"
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </div>
    </ReasonForm>
  );
}
