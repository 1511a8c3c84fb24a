import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { Acts } from "../acts/acts";
import { People } from "./people";
import { Sitting } from "./sitting";

/** Whoever has one of these sees the bench. */
const COURT = ["preside", "admit", "record", "mark", "see_everyone"] as const;

export function hasBench(live: Live): boolean {
  return COURT.some((capability) => live.hearing.can(capability));
}

/** The court's own panel: the sitting, the record, and the people. */
export function Bench({ live }: { live: Live }) {
  return (
    <aside class="bench" data-testid="bench" aria-label={t("bench-title")}>
      <Sitting live={live} />
      <People live={live} />
      <Acts live={live} />
    </aside>
  );
}
