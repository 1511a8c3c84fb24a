import { shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import type { CopyHindered, RecordingCondition } from "../../core/wire";
import { Icon } from "../icon/icon";

const when = (at: number | null): string => (at === null ? "" : shortDateTimeInZone(at, locale.value));
const word = (code: string): string => code.replaceAll("_", "-");

/**
 * How a recording stands: sealed or not, whole or not, copied or not. What needs somebody is said first, with what to do; what is as
 * it should be is one quiet line. `calm` false leaves the quiet lines out.
 */
export function Condition({ condition, calm = true }: { condition: RecordingCondition; calm?: boolean }) {
  const alarms = alarmsOf(condition);
  const lines = calm ? linesOf(condition) : [];
  return (
    <div
      class="condition"
      data-testid="condition"
      data-stage={condition.stage}
      data-copy={condition.copy?.stage ?? ""}
      data-needs={condition.needs_somebody}
    >
      {alarms.map(([what, todo]) => (
        <div key={what} class="condition__alarm" data-testid="condition-alarm">
          <Icon name="warning" />
          <div>
            <p>
              <strong>{what}</strong>
            </p>
            <p>{todo}</p>
          </div>
        </div>
      ))}
      {lines.map((line) => (
        <p key={line} class="evidence__facts">
          {line}
        </p>
      ))}
    </div>
  );
}

/** What needs somebody: what happened, and what to do. */
function alarmsOf({
  hindered,
  damage,
  copy,
  unencrypted,
  needs_somebody,
}: RecordingCondition): [string, string][] {
  const alarms: [string, string][] = [];
  if (hindered) {
    const again = t(hindered.by_itself ? "condition-seal-by-itself" : "condition-seal-at-start");
    alarms.push([
      t("condition-seal-failed", {
        since: when(hindered.since),
        why: t(`condition-seal-${word(hindered.why)}`),
      }),
      `${t(`condition-seal-${word(hindered.why)}-do`)} ${again}`,
    ]);
  }
  if (damage && damage.well_at === null)
    alarms.push([t("condition-damaged", { found: when(damage.found_at) }), t("condition-damaged-do")]);
  if (copy?.stage === "differs") alarms.push([t("condition-copy-differs"), t("condition-copy-differs-do")]);
  if (unencrypted)
    alarms.push([
      t("condition-encrypt-failed", {
        since: when(unencrypted.since),
        why: t(`condition-encrypt-${word(unencrypted.why)}`),
      }),
      t("condition-encrypt-do"),
    ]);
  if (copy?.stage === "waiting" && copy.hindered && needs_somebody)
    alarms.push([t("condition-copy-behind"), hinderedText(copy.hindered)]);
  return alarms;
}

/** What is as it should be, or on its way there. */
function linesOf({ stage, damage, copy, hindered, needs_somebody }: RecordingCondition): string[] {
  const lines: string[] = [];
  if (!hindered && (stage === "recording" || stage === "sealing")) lines.push(t(`condition-${stage}`));
  if (damage && damage.well_at !== null)
    lines.push(t("condition-well-again", { found: when(damage.found_at), well: when(damage.well_at) }));
  if (copy?.stage === "kept") lines.push(t("condition-copy-kept", { verified: when(copy.verified_at) }));
  if (copy?.stage === "kept" && copy.hindered) lines.push(hinderedText(copy.hindered));
  if (copy?.stage === "waiting" && !(copy.hindered && needs_somebody))
    lines.push(t("condition-copy-waiting"));
  if (copy?.stage === "none") lines.push(t("condition-copy-none"));
  return lines;
}

/** Why nothing is copied, since when, and what to do. */
export function hinderedText({ since, why }: CopyHindered): string {
  return `${t(`condition-copy-${word(why)}`, { since: when(since) })} ${t(`condition-copy-${word(why)}-do`)}`;
}
