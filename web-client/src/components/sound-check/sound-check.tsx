import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { passes, settled, type Verdict, watchVerdict } from "../../core/check";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { ActButton } from "../act-button/act-button";
import { Failed } from "../device-check/device-check";
import { PathNote } from "../device-check/path-note";
import { VerdictNote } from "../device-check/verdict-note";
import { SpeakerPicker, useDevices } from "../devices/devices";
import { Icon } from "../icon/icon";
import { chime } from "./chime";

const LOOK_EVERY_MS = 250;

/** For those who only watch and listen: whether the server is reached, and whether they hear the loudspeaker. */
export function SoundCheck({ live }: { live: Live }) {
  const result = useSignal<Verdict>("connecting");
  const heard = useSignal<boolean | null>(null);
  const asked = useSignal(false);
  const playing = useSignal(false);
  const devices = useDevices([]);
  useEffect(() => {
    let began = performance.now();
    let wasConnected = false;
    const look = () => {
      const connected = live.subscriber.state.value === "connected";
      if (connected !== wasConnected) began = performance.now();
      wasConnected = connected;
      const elapsedMs = performance.now() - began;
      result.value = watchVerdict({ connected, heard: heard.value, elapsedMs });
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const play = async () => {
    if (playing.value) return;
    playing.value = true;
    heard.value = null;
    const { speaker, volume } = live.output.value;
    const played = await chime(speaker, volume);
    playing.value = false;
    asked.value = played;
    if (!played) heard.value = false;
  };
  const answer = (yes: boolean) => () => {
    heard.value = yes;
    asked.value = false;
  };
  const ok = passes(result.value);
  const way = (
    <ActButton
      live={live}
      act={{ act: "finish_check", passed: ok }}
      label={t(ok ? "check-continue" : "check-continue-unheard")}
      variant={ok ? "primary" : "secondary"}
      testid="check-continue"
    />
  );
  return (
    <div class="check">
      <div class="check__side">
        <p class="govuk-body">{t("check-text-watch")}</p>
        <VerdictNote verdict={result.value} />
        <PathNote peers={[live.subscriber]} />
        <div role="status">
          {asked.value && heard.value === null ? <p class="check__ask">{t("check-heard-ask")}</p> : null}
        </div>
        <div class="check__buttons">
          {ok ? way : null}
          {asked.value && heard.value === null ? (
            <>
              <button type="button" class="govuk-button" data-testid="check-heard" onClick={answer(true)}>
                {t("check-heard-yes")}
              </button>
              <button
                type="button"
                class="govuk-button govuk-button--secondary"
                data-testid="check-not-heard"
                onClick={answer(false)}
              >
                {t("check-heard-no")}
              </button>
            </>
          ) : (
            <button
              type="button"
              class={`govuk-button${ok ? " govuk-button--secondary" : ""}`}
              data-testid="check-play"
              aria-busy={playing.value}
              onClick={() => void play()}
            >
              <Icon name="speaking" />
              <span>{t(playing.value ? "check-playing" : "check-play")}</span>
            </button>
          )}
          {ok ? null : way}
        </div>
        {!ok && settled(result.value) ? <p class="govuk-hint">{t("check-anyway-hint")}</p> : null}
        <SpeakerPicker live={live} devices={devices} />
        <Failed live={live} />
      </div>
    </div>
  );
}
