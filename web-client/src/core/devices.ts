/** Camera and microphone, and what stands in the way of having them. */

export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "failed";

export interface Acquired {
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  microphoneProblem: DeviceProblem | null;
  cameraProblem: DeviceProblem | null;
}

export interface Chosen {
  microphone?: string | undefined;
  camera?: string | undefined;
}

export interface Device {
  id: string;
  label: string;
}

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

export async function openMicrophone(id?: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: audio(id) });
  const track = stream.getAudioTracks()[0];
  if (!track) throw new DOMException("no audio track", "NotFoundError");
  return track;
}

export async function openCamera(id?: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: video(id) });
  const track = stream.getVideoTracks()[0];
  if (!track) throw new DOMException("no video track", "NotFoundError");
  return track;
}

/** Asks for both at once (one question to the person), and for each alone when one of them is in the way. */
export async function openBoth(chosen: Chosen): Promise<Acquired> {
  if (!navigator.mediaDevices?.getUserMedia) {
    return { microphone: null, camera: null, microphoneProblem: "insecure", cameraProblem: "insecure" };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: audio(chosen.microphone),
      video: video(chosen.camera),
    });
    return {
      microphone: stream.getAudioTracks()[0] ?? null,
      camera: stream.getVideoTracks()[0] ?? null,
      microphoneProblem: null,
      cameraProblem: null,
    };
  } catch (error) {
    const whole = deviceProblem(error);
    const one = async (
      name: "camera" | "microphone",
      open: () => Promise<MediaStreamTrack>,
    ): Promise<[MediaStreamTrack | null, DeviceProblem | null]> => {
      // Whoever has just said no is not asked again for the same thing.
      if (whole === "denied" && (await permission(name)) !== "granted") return [null, "denied"];
      try {
        return [await open(), null];
      } catch (alone) {
        return [null, deviceProblem(alone)];
      }
    };
    const [microphone, microphoneProblem] = await one("microphone", () => openMicrophone());
    const [camera, cameraProblem] = await one("camera", () => openCamera());
    return { microphone, camera, microphoneProblem, cameraProblem };
  }
}

/** The devices there are. Without permission they have no names, and then there is nothing to choose. */
export async function listDevices(): Promise<{ microphones: Device[]; cameras: Device[] }> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const pick = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((d) => d.kind === kind && d.deviceId && d.label)
      .map((d) => ({ id: d.deviceId, label: d.label }));
  return { microphones: pick("audioinput"), cameras: pick("videoinput") };
}
