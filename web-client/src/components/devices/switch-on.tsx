import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { Icon } from "../icon/icon";

/** Gives back the own microphone or camera that the person has switched off; nothing when both are on. */
export function SwitchOn({ live }: { live: Live }) {
  const wants = live.sources.wants.value;
  // What the court has taken is not given back by a press.
  const silenced = live.hearing.self.value?.muted === true;
  const off = (["microphone", "camera"] as const).filter(
    (source) => !wants[source] && !(source === "microphone" && silenced),
  );
  return (
    <>
      {off.map((source) => (
        <button
          key={source}
          type="button"
          class="govuk-button"
          data-testid={`switch-on-${source}`}
          onClick={() => void live.setSource(source, true)}
        >
          <Icon name={source === "microphone" ? "mic" : "camera"} />
          <span>{t(source === "microphone" ? "mic-turn-on" : "camera-turn-on")}</span>
        </button>
      ))}
    </>
  );
}
