import { signal } from "@preact/signals";
import { localProblem } from "./api";
import {
  acquire,
  type Chosen,
  type DeviceProblem,
  type DeviceSource,
  deviceProblem,
  onPermission,
} from "./devices";
import type { Problem, Source } from "./wire";

const DEVICES: readonly DeviceSource[] = ["microphone", "camera"];

/** A device that took the place of one that went away. */
export interface Replaced {
  source: DeviceSource;
  label: string;
}

export interface SourcesOptions {
  /** What goes up from now on; null sends nothing. */
  publish: (source: Source, track: MediaStreamTrack | null) => Promise<void>;
  /** Something else is sent than before: the server must know. */
  changed: () => Promise<void>;
}

/**
 * Own microphone, camera and screen: opening them, losing them, and getting them back. A device that goes away is
 * replaced where there is another; where there is none the page says so and takes the next that comes.
 */
export class Sources {
  /** Own tracks, for the own picture. */
  readonly local = signal<Record<Source, MediaStreamTrack | null>>({
    microphone: null,
    camera: null,
    screen: null,
  });
  readonly problems = signal<Record<DeviceSource, DeviceProblem | null>>({ microphone: null, camera: null });
  /** What the person wants to send. */
  readonly wants = signal<Record<Source, boolean>>({ microphone: true, camera: true, screen: false });
  readonly chosen = signal<Chosen>({});
  /** Devices that the system holds back just now: a telephone call, a switch on the side, a page out of sight. */
  readonly held = signal<Record<DeviceSource, boolean>>({ microphone: false, camera: false });
  /** The last device that took another's place, until it is put away. */
  readonly replaced = signal<Replaced | null>(null);
  /** Each opening of a device has a number: only the last one asked for counts. */
  private readonly asked: Record<DeviceSource, number> = { microphone: 0, camera: 0 };
  private ended = false;

  constructor(private readonly options: SourcesOptions) {}

  /** Looks out for devices that come and permissions that are given; gives what ends that. */
  watch(): () => void {
    const plugged = () => void this.retry(["missing", "busy"]);
    navigator.mediaDevices?.addEventListener?.("devicechange", plugged);
    const undo = DEVICES.map((source) =>
      onPermission(source, (granted) => {
        if (granted) void this.retry(["denied"]);
      }),
    );
    return () => {
      navigator.mediaDevices?.removeEventListener?.("devicechange", plugged);
      for (const stop of undo) stop();
    };
  }

  /** Opens what the person wants, as chosen. What cannot be had is said, and the rest is used. */
  async openAll(chosen: Chosen = this.chosen.value): Promise<void> {
    this.chosen.value = chosen;
    await this.open(DEVICES.filter((source) => source === "microphone" || this.wants.value[source]));
    await this.options.changed();
  }

  /** Takes another device for one source, in mid-hearing too. */
  async choose(source: DeviceSource, id: string): Promise<void> {
    this.chosen.value = { ...this.chosen.value, [source]: id };
    // A camera that is off stays off, and its light with it.
    if (source === "camera" && !this.wants.value.camera) return;
    await this.open([source]);
    await this.options.changed();
  }

  /** Switches the own microphone or camera; true when something is sent now. */
  async set(source: DeviceSource, on: boolean): Promise<boolean> {
    this.wants.value = { ...this.wants.value, [source]: on };
    const track = this.local.value[source];
    if (!on && source === "camera") {
      // The light of the camera goes out with it.
      this.asked.camera++;
      this.release("camera");
      await this.options.publish("camera", null);
    } else if (track) track.enabled = on;
    else if (on) await this.open([source]);
    return this.sends(source);
  }

  /** Whether a source really goes up. */
  sends(source: Source): boolean {
    return this.local.value[source] !== null && (source === "screen" || this.wants.value[source]);
  }

  /** Lets the person choose what of their screen is to be shown: nothing when they changed their mind. */
  async pickScreen(): Promise<MediaStreamTrack | Problem | null> {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { max: 15 } },
        audio: false,
      });
      return stream.getVideoTracks()[0] ?? localProblem("screen_failed", "no track");
    } catch (error) {
      // Closing the browser's own dialog is no failure.
      if (deviceProblem(error) === "denied") return null;
      return localProblem("screen_failed", error instanceof Error ? error.message : String(error));
    }
  }

  /** Shows what was chosen, unless it has ended meanwhile. */
  async showScreen(track: MediaStreamTrack): Promise<void> {
    if (track.readyState === "live") await this.put("screen", track);
  }

  async closeScreen(): Promise<void> {
    this.release("screen");
    await this.options.publish("screen", null);
  }

  /** Nothing is open any more, nor is anything that is being opened at this moment. */
  end(): void {
    this.ended = true;
    for (const source of ["microphone", "camera", "screen"] as const) this.release(source);
  }

  private async open(sources: readonly DeviceSource[]): Promise<void> {
    const turns = sources.map((source) => ++this.asked[source]);
    for (const source of sources) this.release(source);
    const got = await acquire(sources, this.chosen.value);
    for (const [i, source] of sources.entries()) {
      const { track, problem } = got[source] ?? { track: null, problem: "failed" as const };
      if (this.ended || this.asked[source] !== turns[i]) {
        track?.stop();
        continue;
      }
      this.problems.value = { ...this.problems.value, [source]: problem };
      await this.put(source, track);
    }
  }

  /** A device came, or the browser was told to allow it: whatever stood still for that reason is tried again. */
  private async retry(reasons: readonly DeviceProblem[]): Promise<void> {
    const again = DEVICES.filter((source) => {
      const problem = this.problems.value[source];
      return problem !== null && reasons.includes(problem) && this.wants.value[source];
    });
    if (again.length === 0 || this.ended) return;
    await this.open(again);
    await this.options.changed();
  }

  private async put(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (this.ended) {
      track?.stop();
      return;
    }
    if (source !== "screen") this.hold(source, track?.muted ?? false);
    if (track && source !== "screen") {
      if (source === "microphone") track.enabled = this.wants.value.microphone;
      track.addEventListener("ended", () => void this.lost(source, track));
      for (const event of ["mute", "unmute"])
        track.addEventListener(event, () => {
          if (this.local.value[source] === track) this.hold(source, track.muted);
        });
    } else if (track) {
      track.addEventListener("ended", () => {
        if (this.local.value.screen === track) void this.closeScreen().then(() => this.options.changed());
      });
    }
    this.local.value = { ...this.local.value, [source]: track };
    await this.options.publish(source, track);
  }

  private hold(source: DeviceSource, held: boolean): void {
    if (this.held.value[source] !== held) this.held.value = { ...this.held.value, [source]: held };
  }

  /** Pulled out, or forbidden in mid-hearing: another device takes its place, or the person is told that none does. */
  private async lost(source: DeviceSource, track: MediaStreamTrack): Promise<void> {
    if (this.local.value[source] !== track || this.ended) return;
    this.release(source);
    this.problems.value = { ...this.problems.value, [source]: "missing" };
    this.chosen.value = { ...this.chosen.value, [source]: undefined };
    await this.options.publish(source, null);
    await this.open([source]);
    const next = this.local.value[source];
    if (next) this.replaced.value = { source, label: next.label };
    await this.options.changed();
  }

  private release(source: Source): void {
    const track = this.local.value[source];
    if (!track) return;
    this.local.value = { ...this.local.value, [source]: null };
    if (source !== "screen") this.hold(source, false);
    track.stop();
  }
}
