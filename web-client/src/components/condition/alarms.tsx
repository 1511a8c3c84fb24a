import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { t } from "../../core/text";
import type { RecordingCondition } from "../../core/wire";
import { Icon } from "../icon/icon";
import { ProblemNotice } from "../problem/problem";
import { Link } from "../shell/shell";
import { hinderedText } from "./condition";

/** How many recordings are named before it is said that there are more. */
const NAMED = 5;

/** On the front page of those who handle evidence: whether anything needs somebody, and where. Nothing while nothing does. */
export function Alarms() {
  const { api, session } = useApp();
  const alarms = useLoaded(() => api.alarms(), [session.current.value?.session]);
  // That it is not known whether anything is wrong must not look as if nothing was.
  if (alarms.problem.value) return <ProblemNotice problem={alarms.problem.value} />;
  const found = alarms.value.value;
  if (!found || (found.count === 0 && !found.second_store)) return null;
  const named = found.recordings.slice(0, NAMED);
  return (
    <section class="notice notice--problem" aria-labelledby="alarms" data-testid="alarms">
      <Icon name="warning" />
      <div>
        <h2 id="alarms" class="govuk-heading-s condition__title">
          {found.count > 0 ? t("alarms-recordings", { count: found.count }) : t("alarms-store")}
        </h2>
        {named.length > 0 ? (
          <ul class="condition__list">
            {named.map((one) => (
              <li key={one.recording}>
                <Link href={placeOf(one)} testid="alarm-link">
                  {one.case_reference} · {one.title}
                </Link>{" "}
                – {shortOf(one)}
              </li>
            ))}
          </ul>
        ) : null}
        {found.count > named.length ? (
          <p class="notice__text">{t("alarms-more", { count: found.count - named.length })}</p>
        ) : null}
        {found.second_store ? (
          <p class="notice__text" data-testid="alarms-store">
            {hinderedText(found.second_store)}
          </p>
        ) : null}
      </div>
    </section>
  );
}

/** One that is not sealed has no page of its own. */
const placeOf = (one: RecordingCondition): string =>
  one.stage === "sealed" ? `/recording/${one.recording}` : `/case/${one.case_id}`;

function shortOf(one: RecordingCondition): string {
  if (one.hindered) return t("alarm-not-sealed");
  if (one.damage && one.damage.well_at === null) return t("alarm-damaged");
  if (one.copy?.stage === "differs") return t("alarm-copy-differs");
  return t(one.unencrypted ? "alarm-not-encrypted" : "alarm-copy-behind");
}
