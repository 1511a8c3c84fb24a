import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LEVEL_ENOUGH, passes, settled, type Verdict, verdict } from "../../core/check";
import type { DeviceProblem } from "../../core/devices";
import type { Live } from "../../core/live";
import { type Loudness, listen } from "../../core/loudness";
import { t } from "../../core/text";
import { ActButton } from "../act-button/act-button";
import { Acts } from "../acts/acts";
import { OwnPickers, useDevices } from "../devices/devices";
import { SwitchOn } from "../devices/switch-on";
import { LevelMeter } from "../level/level";
import { Picture, Sound } from "../media/media";
import { PathNote } from "./path-note";
import { VerdictNote } from "./verdict-note";

const LOOK_EVERY_MS = 250;
/** The own picture comes back in the first seat. */
const LOOP_SEAT = 0;

/** Sends camera and microphone to the server and judges what comes back. */
export function DeviceCheck({ live }: { live: Live }) {
  const result = useSignal<Verdict>("connecting");
  const level = useSignal(0);
  const round = useSignal(0);
  const { microphone, camera } = live.sources.local.value;
  const problems = live.sources.problems.value;
  const silenced = live.hearing.self.value?.muted === true;
  const off = !live.sources.wants.value.microphone;

  const asleep = useSignal(false);
  const ear = useRef<Loudness | null>(null);
  const voice = live.subscriber.media.value[LOOP_SEAT]?.audio ?? null;
  useEffect(() => {
    if (!voice) return;
    const loudness = listen(voice);
    ear.current = loudness;
    return () => {
      ear.current = null;
      loudness.stop();
    };
  }, [voice]);

  useEffect(() => {
    let ended = false;
    let began = performance.now();
    let wasConnected = false;
    let frames0 = 0;
    let sound = false;
    const look = async () => {
      const connected =
        live.subscriber.state.value === "connected" && live.publisher.state.value === "connected";
      const got = await live.subscriber.received(LOOP_SEAT);
      if (ended) return;
      if (connected && !wasConnected) {
        began = performance.now();
        frames0 = got.framesDecoded;
      }
      wasConnected = connected;
      asleep.value = ear.current !== null && !ear.current.awake();
      level.value = ear.current?.read() ?? 0;
      if (level.value > LEVEL_ENOUGH) sound = true;
      result.value = verdict({
        camera: live.sources.local.value.camera !== null,
        microphone: live.sources.local.value.microphone !== null,
        quiet: silenced ? "silenced" : off ? "off" : null,
        connected,
        frames: got.framesDecoded - frames0,
        sound,
        elapsedMs: performance.now() - began,
      });
    };
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [round.value]);

  // Another device is another check, and so is one that was off before.
  useEffect(() => {
    round.value++;
  }, [microphone, camera, off, silenced]);
  const devices = useDevices([microphone, camera]);
  const ok = passes(result.value);
  const loop = live.subscriber.media.value[LOOP_SEAT]?.video ?? null;
  const seated = live.hearing.seats.value.some((s) => s.seat === LOOP_SEAT && s.video);

  const done = settled(result.value);
  // Whoever was refused the devices is told how to allow them, and nothing else stands in the way.
  const refused = problems.microphone === "denied" || problems.camera === "denied";

  // To open again what is off changes nothing.
  const mayTryAgain = result.value !== "microphone_off" && result.value !== "silenced";
  const both = problems.microphone === problems.camera ? problems.microphone : null;

  return (
    <div class={both ? "check check--nothing" : "check"}>
      <figure class="check__own">
        <div class="check__stage">
          <Picture stream={loop} label={t("check-picture")} mirrored />
          {seated && camera ? null : (
            <p class="check__blank">{camera ? t("check-picture-coming") : t("check-no-camera")}</p>
          )}
          <Sound live={live} silent />
        </div>
        {seated ? <figcaption>{t("check-text")}</figcaption> : null}
      </figure>
      <div class="check__side">
        <VerdictNote verdict={result.value} instead={both && done ? t(`devices-${both}`) : null} />
        <PathNote peers={[live.publisher, live.subscriber]} />
        <Obstacles microphone={problems.microphone} camera={problems.camera} />
        <div class="check__buttons">
          <SwitchOn live={live} />
          {refused || (!ok && done && mayTryAgain) ? (
            <button
              type="button"
              class={`govuk-button${refused ? "" : " govuk-button--secondary"}`}
              data-testid="check-again"
              onClick={() => void live.sources.openAll()}
            >
              {t("try-again")}
            </button>
          ) : null}
          <ActButton
            live={live}
            act={{ act: "finish_check", passed: ok }}
            label={t(ok ? "check-continue" : without(off || silenced ? null : microphone, camera))}
            variant={ok && !refused ? "primary" : "secondary"}
            testid="check-continue"
          />
          {asleep.value ? (
            <button type="button" class="govuk-button" data-testid="hear" onClick={() => ear.current?.wake()}>
              {t("check-allow-sound")}
            </button>
          ) : null}
        </div>
        {!ok && done ? <p class="govuk-hint">{t("check-anyway-hint")}</p> : null}
        {microphone ? <LevelMeter level={level.value} /> : null}
        <OwnPickers live={live} devices={devices} />
        <Failed live={live} />
      </div>
    </div>
  );
}

/** Going on, with the plain words of what one goes on without. */
function without(microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null): string {
  if (microphone && camera) return "check-continue-anyway";
  if (microphone) return "check-continue-no-camera";
  return camera ? "check-continue-no-microphone" : "check-continue-neither";
}

/** What stands in the way of one of them, and for a refusal, how to take it back. */
function Obstacles({ microphone, camera }: Record<"microphone" | "camera", DeviceProblem | null>) {
  const refused = microphone === "denied" || camera === "denied";
  // The verdict has said it already when it is the same for both.
  const same = microphone === camera;
  if (same && !refused) return null;
  return (
    <div class="check__problem" data-testid="check-problem">
      {!same && microphone ? <p>{t(`microphone-${microphone}`)}</p> : null}
      {!same && camera ? <p>{t(`camera-${camera}`)}</p> : null}
      {refused ? (
        <ol class="govuk-list govuk-list--number">
          <li>{t("allow-1")}</li>
          <li>{t("allow-2")}</li>
          <li>{t("allow-3")}</li>
        </ol>
      ) : null}
    </div>
  );
}

/** Only what could not be done; a check that was passed shows by itself. */
export function Failed({ live }: { live: Live }) {
  return live.hearing.acts.value.some((e) => e.status === "failed") ? <Acts live={live} /> : null;
}
