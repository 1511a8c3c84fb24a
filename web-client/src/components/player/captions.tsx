import { mediaTime } from "../../core/format";
import { t } from "../../core/text";
import { type Cue, cuesAt } from "../../core/timeline";
import { EntryText } from "../log/log";

/** What has just happened by the court log, below the picture and in time with it. */
export function Captions({ cues, at, speed }: { cues: Cue[]; at: number; speed: number }) {
  return (
    <section class="captions" aria-label={t("captions-title")} data-testid="captions">
      {cuesAt(cues, at, speed).map(({ ms, entry }) => (
        <p key={entry.seq} class="captions__cue" data-testid="caption">
          <span class="timeline__at">{mediaTime(ms)}</span> <EntryText entry={entry} />
        </p>
      ))}
    </section>
  );
}
