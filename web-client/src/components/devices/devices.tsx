import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Device, type Devices, listDevices, NO_DEVICES } from "../../core/devices";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { Dialog } from "../dialog/dialog";
import { Help } from "../help/help";
import { CHOOSES_SPEAKER } from "../media/media";

/** The devices there are, followed while they come and go. `again` looks anew, since names come with permission. */
export function useDevices(again: unknown[]): Devices {
  const devices = useSignal<Devices>(NO_DEVICES);
  useEffect(() => {
    let ended = false;
    const look = async () => {
      const found = await listDevices();
      if (!ended) devices.value = found;
    };
    void look();
    navigator.mediaDevices?.addEventListener?.("devicechange", look);
    return () => {
      ended = true;
      navigator.mediaDevices?.removeEventListener?.("devicechange", look);
    };
  }, again);
  return devices.value;
}

export function Picker(props: {
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

/** Microphone and camera, each to be chosen when there is something to choose. */
export function OwnPickers({ live, devices }: { live: Live; devices: Devices }) {
  const { microphone, camera } = live.sources.local.value;
  const problems = live.sources.problems.value;
  return (
    <>
      {problems.microphone === "denied" ? null : (
        <Picker
          id="microphone"
          label={t("check-microphone")}
          devices={devices.microphones}
          value={microphone?.getSettings().deviceId ?? ""}
          onPick={(id) => void live.sources.choose("microphone", id)}
        />
      )}
      {problems.camera === "denied" ? null : (
        <Picker
          id="camera"
          label={t("check-camera")}
          devices={devices.cameras}
          value={camera?.getSettings().deviceId ?? ""}
          onPick={(id) => void live.sources.choose("camera", id)}
        />
      )}
    </>
  );
}

/** Through which loudspeaker one hears, where the browser lets the page choose. */
export function SpeakerPicker({ live, devices }: { live: Live; devices: Devices }) {
  if (!CHOOSES_SPEAKER) return null;
  return (
    <Picker
      id="speaker"
      label={t("devices-speaker")}
      devices={devices.speakers}
      value={live.output.value.speaker || "default"}
      onPick={(id) => (live.output.value = { ...live.output.value, speaker: id === "default" ? "" : id })}
    />
  );
}

/** Another microphone, camera or loudspeaker, and how loud the others are, without leaving the room. */
export function DevicesDialog({ live, onDone }: { live: Live; onDone: () => void }) {
  const { microphone, camera } = live.sources.local.value;
  const devices = useDevices([microphone, camera]);
  const { volume } = live.output.value;
  const percent = Math.round(volume * 100);
  return (
    <Dialog
      title={t(live.hearing.can("publish") ? "devices-title" : "devices-title-watch")}
      confirm={t("devices-done")}
      onConfirm={onDone}
    >
      {live.hearing.can("publish") ? <OwnPickers live={live} devices={devices} /> : null}
      <SpeakerPicker live={live} devices={devices} />
      <div class="govuk-form-group">
        <label class="govuk-label" for="volume">
          {t("devices-volume")}
        </label>
        <input
          id="volume"
          class="devices__volume"
          type="range"
          min={0}
          max={100}
          step={5}
          value={percent}
          aria-valuetext={`${percent} %`}
          onInput={(event) => {
            live.output.value = { ...live.output.value, volume: Number(event.currentTarget.value) / 100 };
          }}
        />
      </div>
      <Help />
    </Dialog>
  );
}
