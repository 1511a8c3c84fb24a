import { shortDateTimeInZone } from "../../core/format";
import { locale, t } from "../../core/text";
import { whoText } from "../../core/who";
import type { Decision } from "../../core/wire";

/** A decision with who made it, when, and why. */
export function decisionText({ by, at, reason }: Decision): string {
  return t("decision-text", { by: whoText(by), when: shortDateTimeInZone(at, locale.value), reason });
}
