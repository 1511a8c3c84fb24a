import { useSignal } from "@preact/signals";
import { foldGaps, type GapFold } from "../../core/evidence";
import { fineTime, fineTimeUp, mediaTime } from "../../core/format";
import { has, t } from "../../core/text";
import type { Gap, RecordedTrack } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";

/** A little before the gap, so that one hears what came before it. */
const BEFORE_MS = 2_000;

/** Why something is missing, in words. */
export function causeText(cause: string): string {
  const id = `gap-${cause.replaceAll("_", "-")}`;
  return has(id) ? t(id) : cause;
}

interface GapsProps {
  gaps: Gap[];
  tracks: RecordedTrack[];
  onPlay: (place: Place) => void;
}

/** Everything that is missing or was filled, by person and cause; each can be unfolded. */
export function Gaps({ gaps, tracks, onPlay }: GapsProps) {
  const folds = foldGaps(gaps, tracks);
  const count = folds.reduce((sum, fold) => sum + fold.gaps.length, 0);
  return (
    <Fold id="gaps" title={t("gaps-title")} sum={count === 0 ? t("gaps-none") : t("gaps-count", { count })}>
      <p class="govuk-body">{count === 0 ? t("gaps-none") : t("gaps-text")}</p>
      {folds.map((fold) => (
        <Row key={`${fold.name} ${fold.source} ${fold.cause}`} fold={fold} onPlay={onPlay} />
      ))}
    </Fold>
  );
}

function Row({ fold, onPlay }: { fold: GapFold; onPlay: (place: Place) => void }) {
  const what = fold.source ? t("gaps-track", { name: fold.name, source: fold.source }) : fold.name;
  // Of a long hearing with a bad network there are thousands: they come into the page when they are asked for.
  const open = useSignal(false);
  return (
    <details
      class="gaps"
      data-testid="gaps"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary class="gaps__summary">
        <span class="gaps__what">
          <strong>{what}</strong> {causeText(fold.cause)}
        </span>
        <span class="gaps__sum">
          {t("gaps-sum", { count: fold.gaps.length, total: fineTimeUp(fold.totalMs) })}
        </span>
      </summary>
      <ol class="log">
        {(open.value ? fold.gaps : []).map((gap) => {
          const from = Math.max(0, gap.from_ms - BEFORE_MS);
          return (
            <li key={`${gap.file} ${gap.from_ms} ${gap.to_ms}`} class="log__row log__row--gap">
              <span class="log__what">
                {t("gaps-span", {
                  segment: gap.segment,
                  from: fineTime(gap.from_ms),
                  to: fineTimeUp(gap.to_ms),
                })}
              </span>
              <button
                type="button"
                class="log__play"
                onClick={() => onPlay({ segment: gap.segment, ms: from })}
              >
                {t("log-play", { at: mediaTime(from) })}
                <span class="govuk-visually-hidden"> {what}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </details>
  );
}
