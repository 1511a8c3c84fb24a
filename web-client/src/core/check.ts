/** The verdict of the equipment check, from what came back through the server. */

export type Verdict =
  | "connecting"
  | "unreachable"
  | "testing"
  | "good"
  | "good_sound_only"
  | "good_picture_only"
  | "speak"
  | "no_sound"
  | "no_picture"
  | "nothing"
  | "no_devices"
  | "microphone_off"
  | "silenced"
  | "watch_listen"
  | "watch_silent"
  | "watch_ready";

export interface CheckInput {
  camera: boolean;
  microphone: boolean;
  /** Why the own microphone sends nothing though it is open: the person switched it off, or the court did. */
  quiet?: "off" | "silenced" | null;
  /** Both media connections stand. */
  connected: boolean;
  /** Frames decoded of the own picture since the check began. */
  frames: number;
  /** Whether sound of one's own came back since the check began. */
  sound: boolean;
  /** Since the check began, or since it was connected. */
  elapsedMs: number;
}

/** Enough frames to say that a picture moves and did not just flash. */
export const FRAMES_ENOUGH = 10;
/** Above the noise of a quiet room (root mean square, 0 to 1). */
export const LEVEL_ENOUGH = 0.006;
const CONNECT_MS = 12_000;
const PICTURE_MS = 8_000;
const SPEAK_MS = 3_000;
const SILENT_MS = 15_000;

export function verdict(input: CheckInput): Verdict {
  if (!input.connected) return input.elapsedMs > CONNECT_MS ? "unreachable" : "connecting";
  if (!input.camera && !input.microphone) return "no_devices";
  const picture = input.frames >= FRAMES_ENOUGH;
  const pictureDone = !input.camera || picture;
  // Nobody is asked to speak into a microphone that is off.
  if (input.microphone && input.quiet && pictureDone)
    return input.quiet === "off" ? "microphone_off" : "silenced";
  const soundDone = !input.microphone || input.sound;
  if (pictureDone && soundDone) {
    if (!input.camera) return "good_sound_only";
    return input.microphone ? "good" : "good_picture_only";
  }
  if (!pictureDone && input.elapsedMs > PICTURE_MS) return input.sound ? "no_picture" : "nothing";
  if (pictureDone && !soundDone) {
    if (input.elapsedMs > SILENT_MS) return "no_sound";
    if (input.elapsedMs > SPEAK_MS) return "speak";
  }
  return "testing";
}

export interface WatchInput {
  /** The media connection stands. */
  connected: boolean;
  /** Whether the person says that they heard the test sound; null before they were asked. */
  heard: boolean | null;
  /** Since the check began, or since it was connected. */
  elapsedMs: number;
}

/** The verdict for a role that sends nothing: whether the server is reached, and whether the loudspeaker is heard. */
export function watchVerdict({ connected, heard, elapsedMs }: WatchInput): Verdict {
  if (!connected) return elapsedMs > CONNECT_MS ? "unreachable" : "connecting";
  if (heard === null) return "watch_listen";
  return heard ? "watch_ready" : "watch_silent";
}

/** Whether the court may be told that the equipment works. */
export function passes(result: Verdict): boolean {
  return result === "good" || result === "good_sound_only" || result === "watch_ready";
}

/** Verdicts that are one: before them the check is still going on. */
export function settled(result: Verdict): boolean {
  return result !== "connecting" && result !== "testing" && result !== "watch_listen";
}
