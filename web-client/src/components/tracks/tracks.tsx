import { bytes, mediaTime } from "../../core/format";
import { locale, t } from "../../core/text";
import type { RecordedTrack } from "../../core/wire";
import { Fold } from "../fold/fold";
import { Hash } from "../hash/hash";

/** The files of the recording, each with its hash. */
export function Tracks({ tracks }: { tracks: RecordedTrack[] }) {
  return (
    <Fold id="tracks" title={t("tracks-title")} sum={t("tracks-sum", { count: tracks.length })}>
      <ul class="log">
        {tracks.map((track) => (
          <li key={track.file} class="log__row log__row--wide">
            <span class="log__what">
              <strong>{t("gaps-track", { name: track.name, source: track.source })}</strong>
              {`, ${t("log-part", { segment: track.segment })}, ${track.codec}, ${mediaTime(track.duration_ms)}, ${bytes(track.bytes, locale.value)}`}
              <code class="checks__file">{track.file}</code>
              <Hash hex={track.sha256} />
            </span>
          </li>
        ))}
      </ul>
    </Fold>
  );
}
