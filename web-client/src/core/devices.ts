/** Camera and microphone, and what stands in the way of having them. */

export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "failed";

/** What a person has before them. */
export type DeviceSource = "microphone" | "camera";

/** A device that was opened, or why it was not. */
export type Acquired = { track: MediaStreamTrack; problem: null } | { track: null; problem: DeviceProblem };

export interface Chosen {
  microphone?: string | undefined;
  camera?: string | undefined;
}

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  microphones: Device[];
  cameras: Device[];
  speakers: Device[];
}

export const NO_DEVICES: Devices = { microphones: [], cameras: [], speakers: [] };

export function deviceProblem(error: unknown): DeviceProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "failed";
}

const audio = (id?: string): MediaTrackConstraints => ({
  ...(id ? { deviceId: { exact: id } } : {}),
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
});

const video = (id?: string): MediaTrackConstraints => ({
  ...(id ? { deviceId: { exact: id } } : {}),
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
});

async function permission(name: "camera" | "microphone"): Promise<string> {
  try {
    return (await navigator.permissions.query({ name: name as PermissionName })).state;
  } catch {
    return "prompt";
  }
}

async function openAlone(source: DeviceSource, id?: string): Promise<MediaStreamTrack> {
  const wanted = source === "microphone" ? { audio: audio(id) } : { video: video(id) };
  const [track] = (await navigator.mediaDevices.getUserMedia(wanted)).getTracks();
  if (!track) throw new DOMException("no track", "NotFoundError");
  return track;
}

/**
 * Asks for all of them at once (one question to the person), and for each alone when one of them is in the way; a
 * chosen device that is gone gives way to the one that the system prefers.
 */
export async function acquire(
  sources: readonly DeviceSource[],
  chosen: Chosen,
): Promise<Partial<Record<DeviceSource, Acquired>>> {
  const got: Partial<Record<DeviceSource, Acquired>> = {};
  if (!navigator.mediaDevices?.getUserMedia) {
    for (const source of sources) got[source] = { track: null, problem: "insecure" };
    return got;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      ...(sources.includes("microphone") ? { audio: audio(chosen.microphone) } : {}),
      ...(sources.includes("camera") ? { video: video(chosen.camera) } : {}),
    });
    for (const source of sources) {
      const [track] = source === "microphone" ? stream.getAudioTracks() : stream.getVideoTracks();
      got[source] = track ? { track, problem: null } : { track: null, problem: "missing" };
    }
  } catch (error) {
    const whole = deviceProblem(error);
    for (const source of sources) {
      // Whoever has just said no is not asked again for the same thing.
      if (whole === "denied" && (await permission(source)) !== "granted") {
        got[source] = { track: null, problem: "denied" };
        continue;
      }
      try {
        got[source] = { track: await openAlone(source), problem: null };
      } catch (alone) {
        got[source] = { track: null, problem: deviceProblem(alone) };
      }
    }
  }
  return got;
}

/** Calls back whenever the browser's permission for a device changes; gives what ends that. */
export function onPermission(source: DeviceSource, changed: (granted: boolean) => void): () => void {
  let ended = false;
  let status: PermissionStatus | null = null;
  const look = () => changed(status?.state === "granted");
  void navigator.permissions
    ?.query({ name: source as PermissionName })
    .then((found) => {
      if (ended) return;
      status = found;
      found.addEventListener("change", look);
    })
    // A browser that does not know the name says nothing; then the person presses a button.
    .catch(() => undefined);
  return () => {
    ended = true;
    status?.removeEventListener("change", look);
  };
}

/** The devices there are. Without permission they have no names, and then there is nothing to choose. */
export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const pick = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((d) => d.kind === kind && d.deviceId && d.label)
      .map((d) => ({ id: d.deviceId, label: d.label }));
  return { microphones: pick("audioinput"), cameras: pick("videoinput"), speakers: pick("audiooutput") };
}
