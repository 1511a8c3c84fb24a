import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { Acts } from "../acts/acts";
import { Protocol } from "../capture/protocol";
import { ChooseTestimony, SteerTestimony } from "../together/show";
import { SittingNow } from "./now";
import { People } from "./people";
import { Sitting } from "./sitting";
import { Warnings } from "./warnings";

/** Whoever has one of these sees the bench. */
const COURT = ["preside", "admit", "record", "mark", "see_everyone"] as const;

export function hasBench(live: Live): boolean {
  return COURT.some((capability) => live.hearing.can(capability));
}

/** The court's own panel: what is needed at any moment first, then the people, then what is needed now and then. */
export function Bench({ live }: { live: Live }) {
  return (
    <aside class="bench" data-testid="bench" aria-label={t("bench-title")}>
      <SittingNow live={live} />
      <Warnings live={live} />
      <Protocol live={live} />
      <SteerTestimony live={live} />
      <People live={live} />
      <ChooseTestimony live={live} />
      <Sitting live={live} />
      <Acts live={live} />
    </aside>
  );
}
