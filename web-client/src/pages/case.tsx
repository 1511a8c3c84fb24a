import { useSignal } from "@preact/signals";
import { useApp } from "../app/context";
import { useLoaded } from "../app/load";
import { Adjourned } from "../components/adjourned/adjourned";
import { Condition } from "../components/condition/condition";
import { Hash } from "../components/hash/hash";
import { Icon } from "../components/icon/icon";
import { Invitations } from "../components/people/invitations";
import { ProblemNotice } from "../components/problem/problem";
import { RetentionPart } from "../components/retention/retention";
import { Link, Shell, Title } from "../components/shell/shell";
import { localProblem, problemOf } from "../core/api";
import { dateTimeInZone, mediaTime, shortDateTimeInZone, zone } from "../core/format";
import { locale, t } from "../core/text";
import type { CaseFile, Hearing, Problem, RecordingCondition } from "../core/wire";
import { NoSession } from "./home";

export function CasePage({ id }: { id: string }) {
  const { session } = useApp();
  if (!session.current.value) return <NoSession title={t("case-problem")} />;
  return <KnownCase id={id} />;
}

function KnownCase({ id }: { id: string }) {
  const { api, session } = useApp();
  const file = useLoaded(() => api.caseFile(id), [id, session.current.value?.session]);
  return (
    <Shell>
      {file.value.value ? (
        <CaseView file={file.value.value} onChanged={() => void file.again()} />
      ) : (
        <Title key="loading" text={t(file.problem.value ? "case-problem" : "loading")} />
      )}
      {file.problem.value ? <ProblemNotice problem={file.problem.value} /> : null}
    </Shell>
  );
}

/** A case: its hearings and its electronic evidence. */
export function CaseView({ file, onChanged }: { file: CaseFile; onChanged: () => void }) {
  const { api, session } = useApp();
  const capabilities = session.current.value?.me.capabilities ?? [];
  const invites = capabilities.includes("invite");
  const handles = capabilities.includes("handle_evidence");
  const conditions = useLoaded<RecordingCondition[]>(
    async () => (handles ? await api.conditions(file.case.id) : []),
    [file.case.id, handles],
  );
  const changed = () => {
    onChanged();
    void conditions.again();
  };
  const known = conditions.value.value ?? [];
  const listed = new Set(file.evidence.map((e) => e.recording));
  const alarming = new Set(known.filter((one) => one.needs_somebody).map((one) => one.recording));
  const unlisted = known.filter((one) => !listed.has(one.recording));
  return (
    <>
      <p class="page__caption">{t("case-caption", { reference: file.case.reference })}</p>
      <Title key={file.case.id} text={file.case.title} />
      <section>
        <h2 class="govuk-heading-m">{t("case-evidence")}</h2>
        {conditions.problem.value ? <ProblemNotice problem={conditions.problem.value} /> : null}
        {file.evidence.length === 0 && unlisted.length === 0 ? (
          <p class="govuk-body">{t("case-evidence-none")}</p>
        ) : null}
        <ul class="evidence">
          {unlisted.map((one) => (
            <Unlisted key={one.recording} condition={one} />
          ))}
          {file.evidence.map((e) => (
            <li
              key={e.recording}
              class={`evidence__row${alarming.has(e.recording) ? " evidence__row--alarm" : ""}`}
              data-testid="evidence-row"
              data-recording={e.recording}
              data-state={e.state}
            >
              <Icon name={alarming.has(e.recording) ? "warning" : "seal"} />
              <div>
                <Link href={`/recording/${e.recording}`} testid="recording-link">
                  {e.title}
                  {/* A hearing may have several recordings: read out alone, their links would be alike. */}
                  <span class="govuk-visually-hidden">
                    , {t("evidence-sealed", { when: shortDateTimeInZone(e.sealed_at, locale.value) })}
                  </span>
                </Link>
                <p class="evidence__facts">
                  {t(`recording-state-${e.state}`)} ·{" "}
                  {t("evidence-sealed", { when: shortDateTimeInZone(e.sealed_at, locale.value) })} ·{" "}
                  {t("evidence-length", { length: mediaTime(e.duration_ms) })}
                </p>
                {e.derived_from ? <p class="evidence__facts">{t("evidence-redacted")}</p> : null}
                {e.interrupted ? <p class="evidence__warn">{t("evidence-interrupted")}</p> : null}
                {known
                  .filter((one) => one.recording === e.recording)
                  .map((one) => (
                    <Condition key={one.recording} condition={one} />
                  ))}
                <Hash hex={e.manifest_sha256} />
              </div>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2 class="govuk-heading-m">{t("case-hearings")}</h2>
        {file.hearings.length === 0 ? <p class="govuk-body">{t("case-hearings-none")}</p> : null}
        <ul class="cases">
          {file.hearings.map((h) => (
            <HearingRow
              key={h.id}
              hearing={h}
              invites={invites}
              mine={h.id === session.current.value?.me.hearing}
            />
          ))}
        </ul>
        {invites ? <NewHearing caseId={file.case.id} onMade={changed} /> : null}
      </section>
      <RetentionPart file={file} onChanged={changed} />
    </>
  );
}

/** A recording that is not in the case file yet: it is being made or sealed, or it cannot be. */
function Unlisted({ condition }: { condition: RecordingCondition }) {
  const began = shortDateTimeInZone(condition.started_at, locale.value);
  return (
    <li
      class={`evidence__row${condition.needs_somebody ? " evidence__row--alarm" : ""}`}
      data-testid="unsealed-row"
      data-recording={condition.recording}
    >
      <Icon name={condition.needs_somebody ? "warning" : "clock"} />
      <div>
        <strong>{condition.title}</strong>
        <p class="evidence__facts">{t("condition-began", { when: began })}</p>
        <Condition condition={condition} />
      </div>
    </li>
  );
}

function HearingRow({ hearing, invites, mine }: { hearing: Hearing; invites: boolean; mine: boolean }) {
  const open = useSignal(false);
  return (
    <li class="cases__row">
      <div>
        <strong>{hearing.title}</strong>
        <p class="evidence__facts">
          {hearing.kind === "testimony" ? `${t("hearing-kind-testimony")} · ` : null}
          {dateTimeInZone(hearing.listed_for, locale.value)} ·{" "}
          {t(`state-${hearing.state.replaceAll("_", "-")}`)}
        </p>
        {hearing.adjourned ? <Adjourned adjourned={hearing.adjourned} /> : null}
        {mine && hearing.state !== "closed" && hearing.state !== "adjourned" ? (
          <Link href="/hearing">{t("home-to-hearing")}</Link>
        ) : null}
      </div>
      {invites ? (
        <details class="govuk-details" onToggle={(event) => (open.value = event.currentTarget.open)}>
          <summary class="govuk-details__summary">
            <span class="govuk-details__summary-text">{t("hearing-people")}</span>
          </summary>
          <div class="govuk-details__text">{open.value ? <Invitations hearing={hearing} /> : null}</div>
        </details>
      ) : null}
    </li>
  );
}

function NewHearing({ caseId, onMade }: { caseId: string; onMade: () => void }) {
  const { api } = useApp();
  const title = useSignal("");
  const when = useSignal("");
  const testimony = useSignal(false);
  const made = useSignal<{ title: string; listed_for: number } | null>(null);
  const problem = useSignal<Problem | null>(null);
  return (
    <details class="govuk-details">
      <summary class="govuk-details__summary">
        <span class="govuk-details__summary-text">{t("hearing-new")}</span>
      </summary>
      <form
        class="govuk-details__text"
        onSubmit={async (event) => {
          event.preventDefault();
          const listed = new Date(when.value).getTime();
          if (Number.isNaN(listed)) {
            problem.value = localProblem("bad_date", "no date");
            return;
          }
          try {
            const kind = testimony.value ? "testimony" : null;
            await api.createHearing(caseId, { title: title.value.trim(), listed_for: listed, kind });
            made.value = { title: title.value.trim(), listed_for: listed };
            title.value = "";
            when.value = "";
            testimony.value = false;
            problem.value = null;
            onMade();
          } catch (error) {
            made.value = null;
            problem.value = problemOf(error);
          }
        }}
      >
        <p role="status" class="govuk-body" data-testid="hearing-created">
          {made.value
            ? t("hearing-created", {
                title: made.value.title,
                when: dateTimeInZone(made.value.listed_for, locale.value),
              })
            : null}
        </p>
        {problem.value ? <ProblemNotice problem={problem.value} /> : null}
        <div class="govuk-form-group">
          <label class="govuk-label" for="hearing-title">
            {t("hearing-name")}
          </label>
          <input
            id="hearing-title"
            class="govuk-input"
            required
            value={title.value}
            onInput={(event) => (title.value = event.currentTarget.value)}
          />
        </div>
        <div class="govuk-form-group">
          <label class="govuk-label" for="hearing-when">
            {t("hearing-when")}
          </label>
          <div class="govuk-hint" id="hearing-when-hint">
            {t("time-of-device", { zone: zone(when.value || Date.now(), locale.value) })}
          </div>
          <input
            id="hearing-when"
            type="datetime-local"
            class="govuk-input"
            required
            aria-describedby="hearing-when-hint"
            value={when.value}
            onInput={(event) => (when.value = event.currentTarget.value)}
          />
        </div>
        <div class="govuk-form-group">
          <label class="player__sound">
            <input
              type="checkbox"
              data-testid="hearing-testimony"
              checked={testimony.value}
              onChange={(event) => (testimony.value = event.currentTarget.checked)}
            />
            <span>{t("hearing-kind-testimony")}</span>
          </label>
          <div class="govuk-hint">{t("hearing-kind-testimony-hint")}</div>
        </div>
        <button type="submit" class="govuk-button">
          {t("hearing-create")}
        </button>
      </form>
    </details>
  );
}
