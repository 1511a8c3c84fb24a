import { foldGaps, type GapFold } from "../../core/evidence";
import { fineTime, mediaTime } from "../../core/format";
import { has, t } from "../../core/text";
import type { Gap, RecordedTrack } from "../../core/wire";
import type { Place } from "../player/player";

/** A little before the gap, so that one hears what came before it. */
const BEFORE_MS = 2_000;

function causeText(cause: string): string {
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
  return (
    <section class="card" aria-labelledby="gaps">
      <h2 id="gaps" class="govuk-heading-m">
        {t("gaps-title")}
      </h2>
      <p class="govuk-body">{gaps.length === 0 ? t("gaps-none") : t("gaps-text")}</p>
      {foldGaps(gaps, tracks).map((fold) => (
        <Fold key={`${fold.name} ${fold.source} ${fold.cause}`} fold={fold} onPlay={onPlay} />
      ))}
    </section>
  );
}

function Fold({ fold, onPlay }: { fold: GapFold; onPlay: (place: Place) => void }) {
  const what = fold.source ? t("gaps-track", { name: fold.name, source: fold.source }) : fold.name;
  return (
    <details class="gaps" data-testid="gaps">
      <summary class="gaps__summary">
        <span class="gaps__what">
          <strong>{what}</strong> {causeText(fold.cause)}
        </span>
        <span class="gaps__sum">
          {t("gaps-sum", { count: fold.gaps.length, total: fineTime(fold.totalMs) })}
        </span>
      </summary>
      <ol class="log">
        {fold.gaps.map((gap) => {
          const from = Math.max(0, gap.from_ms - BEFORE_MS);
          return (
            <li key={`${gap.file} ${gap.from_ms}`} class="log__row log__row--gap">
              <span class="log__what">
                {t("gaps-span", {
                  segment: gap.segment,
                  from: fineTime(gap.from_ms),
                  to: fineTime(gap.to_ms),
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
