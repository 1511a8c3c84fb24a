import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LEVEL_ENOUGH, passes, settled, type Verdict, verdict } from "../../core/check";
import { type Device, listDevices } from "../../core/devices";
import type { Live } from "../../core/live";
import { type Loudness, listen } from "../../core/loudness";
import { t } from "../../core/text";
import { ActButton } from "../act-button/act-button";
import { Acts } from "../acts/acts";
import { Icon } from "../icon/icon";
import { LevelMeter } from "../level/level";
import { Picture, Sound } from "../media/media";

const LOOK_EVERY_MS = 250;
/** The own picture comes back in the first seat. */
const LOOP_SEAT = 0;

function Picker(props: {
  id: string;
  label: string;
  devices: Device[];
  value: string;
  onPick: (id: string) => void;
}) {
  if (props.devices.length === 0) return null;
  return (
    <div class="govuk-form-group">
      <label class="govuk-label" for={props.id}>
        {props.label}
      </label>
      <select
        id={props.id}
        class="govuk-select check__select"
        value={props.value}
        onChange={(event) => props.onPick(event.currentTarget.value)}
      >
        {props.devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Sends camera and microphone to the server and judges what comes back. */
export function DeviceCheck({ live }: { live: Live }) {
  const result = useSignal<Verdict>("connecting");
  const level = useSignal(0);
  const devices = useSignal<{ microphones: Device[]; cameras: Device[] }>({ microphones: [], cameras: [] });
  const round = useSignal(0);
  const publishes = live.hearing.can("publish");
  const { microphone, camera } = live.local.value;
  const problems = live.problems.value;

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
        live.subscriber.state.value === "connected" &&
        (!publishes || live.publisher.state.value === "connected");
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
        publishes,
        camera: live.local.value.camera !== null,
        microphone: live.local.value.microphone !== null,
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
  }, [round.value, publishes]);

  useEffect(() => {
    const look = async () => {
      devices.value = await listDevices();
    };
    void look();
    navigator.mediaDevices?.addEventListener?.("devicechange", look);
    return () => navigator.mediaDevices?.removeEventListener?.("devicechange", look);
  }, [microphone, camera]);

  const again = async (chosen = live.chosen.value) => {
    result.value = "connecting";
    await live.openDevices(chosen);
    round.value++;
  };
  const ok = passes(result.value);
  const loop = live.subscriber.media.value[LOOP_SEAT]?.video ?? null;
  const seated = live.hearing.seats.value.some((s) => s.seat === LOOP_SEAT && s.video);

  return (
    <div class="check">
      {publishes ? (
        <div class="check__stage">
          <Picture stream={loop} label={t("check-picture")} mirrored />
          {seated && camera ? null : (
            <p class="check__blank">{camera ? t("check-picture-coming") : t("check-no-camera")}</p>
          )}
          <Sound live={live} silent />
        </div>
      ) : null}
      <div class="check__side">
        <div
          class={`verdict verdict--${ok ? "good" : settled(result.value) ? "bad" : "wait"}`}
          data-testid="check-verdict"
          data-verdict={result.value}
          data-ok={ok}
          role="status"
        >
          <Icon name={ok ? "check" : settled(result.value) ? "warning" : "clock"} />
          <p>{t(`check-verdict-${result.value.replaceAll("_", "-")}`)}</p>
        </div>
        {asleep.value ? (
          <button type="button" class="govuk-button" data-testid="hear" onClick={() => ear.current?.wake()}>
            {t("check-allow-sound")}
          </button>
        ) : null}
        {publishes && microphone ? <LevelMeter level={level.value} /> : null}
        {problems.microphone ? <p class="check__problem">{t(`microphone-${problems.microphone}`)}</p> : null}
        {problems.camera ? <p class="check__problem">{t(`camera-${problems.camera}`)}</p> : null}
        {publishes ? (
          <>
            <Picker
              id="microphone"
              label={t("check-microphone")}
              devices={devices.value.microphones}
              value={live.chosen.value.microphone ?? microphone?.getSettings().deviceId ?? ""}
              onPick={(id) => void again({ ...live.chosen.value, microphone: id })}
            />
            <Picker
              id="camera"
              label={t("check-camera")}
              devices={devices.value.cameras}
              value={live.chosen.value.camera ?? camera?.getSettings().deviceId ?? ""}
              onPick={(id) => void again({ ...live.chosen.value, camera: id })}
            />
          </>
        ) : null}
        <div class="check__buttons">
          <ActButton
            live={live}
            act={{ act: "finish_check", passed: ok }}
            label={ok ? t("check-continue") : t("check-continue-anyway")}
            variant={ok ? "primary" : "secondary"}
            testid="check-continue"
          />
          {publishes && !ok && settled(result.value) ? (
            <button type="button" class="govuk-button govuk-button--secondary" onClick={() => void again()}>
              {t("check-again")}
            </button>
          ) : null}
        </div>
        {!ok && settled(result.value) ? <p class="govuk-hint">{t("check-anyway-hint")}</p> : null}
        <Failed live={live} />
      </div>
    </div>
  );
}

/** Only what could not be done; a check that was passed shows by itself. */
function Failed({ live }: { live: Live }) {
  return live.hearing.acts.value.some((e) => e.status === "failed") ? <Acts live={live} /> : null;
}
