import { fineTime, mediaTime } from "../../core/format";
import { has, t } from "../../core/text";
import type { Gap, RecordedTrack } from "../../core/wire";
import type { Place } from "../player/player";

function causeText(cause: string): string {
  const id = `gap-${cause.replaceAll("_", "-")}`;
  return has(id) ? t(id) : cause;
}

const inOrder = (a: Gap, b: Gap): number => a.segment - b.segment || a.from_ms - b.from_ms;

/** Everything that is missing or was filled, with its cause. */
export function Gaps(props: { gaps: Gap[]; tracks: RecordedTrack[]; onPlay: (place: Place) => void }) {
  return (
    <section class="card" aria-labelledby="gaps">
      <h2 id="gaps" class="govuk-heading-m">
        {t("gaps-title")}
      </h2>
      <p class="govuk-body">{props.gaps.length === 0 ? t("gaps-none") : t("gaps-text")}</p>
      {props.gaps.length > 0 ? (
        <ol class="log">
          {[...props.gaps].sort(inOrder).map((gap) => {
            const track = props.tracks.find((x) => x.file === gap.file);
            return (
              <li key={`${gap.file} ${gap.from_ms} ${gap.cause}`} class="log__row">
                <span class="log__time">
                  {t("gaps-span", {
                    segment: gap.segment,
                    from: fineTime(gap.from_ms),
                    to: fineTime(gap.to_ms),
                  })}
                </span>
                <span class="log__what">
                  <strong>
                    {track ? t("gaps-track", { name: track.name, source: track.source }) : gap.file}
                  </strong>{" "}
                  {causeText(gap.cause)}
                </span>
                <button
                  type="button"
                  class="log__play"
                  onClick={() => props.onPlay({ segment: gap.segment, ms: Math.max(0, gap.from_ms - 2_000) })}
                >
                  {t("log-play", { at: mediaTime(Math.max(0, gap.from_ms - 2_000)) })}
                </button>
              </li>
            );
          })}
        </ol>
      ) : null}
    </section>
  );
}
