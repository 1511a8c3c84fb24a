import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useApp } from "../app/context";
import { ProblemNotice } from "../components/problem/problem";
import { ReleaseView } from "../components/requests/release";
import { Shell, Title } from "../components/shell/shell";
import { problemOf } from "../core/api";
import { t } from "../core/text";
import type { OpenedRelease, Problem } from "../core/wire";

/** Takes the secret of the link out of the address, so that it is in no history and is not seen over a shoulder. */
function takeSecret(): string {
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(null, "", location.pathname);
  return secret;
}

/** Where the link of a release leads: it is opened by a press, for the opening is entered into the chain of custody. */
export function ReleasePage() {
  const { api } = useApp();
  const secret = useMemo(takeSecret, []);
  const opened = useSignal<OpenedRelease | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  // What is over opens nothing: the page does not offer it again, nor say that it is released.
  const over = ["release_over", "release_unknown", "disposed"].includes(problem.value?.code ?? "");
  return (
    <Shell>
      <Title key="release" text={t("release-title")} />
      {problem.value ? <ProblemNotice problem={problem.value} mild /> : null}
      {opened.value ? <ReleaseView opened={opened.value} /> : null}
      {!opened.value && !secret ? <p class="govuk-body-l">{t("release-no-link")}</p> : null}
      {!opened.value && secret && !over ? (
        <>
          <p class="govuk-body-l">{t("release-text")}</p>
          <button
            type="button"
            class="govuk-button"
            aria-busy={busy.value}
            data-testid="release-open"
            onClick={async () => {
              if (busy.value) return;
              busy.value = true;
              try {
                opened.value = await api.openRelease(secret);
                problem.value = null;
              } catch (error) {
                problem.value = problemOf(error);
              } finally {
                busy.value = false;
              }
            }}
          >
            {t("release-open")}
          </button>
        </>
      ) : null}
    </Shell>
  );
}
