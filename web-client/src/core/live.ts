import { effect, signal } from "@preact/signals";
import { type Api, localProblem } from "./api";
import { Connection, type SocketLike, type Timing } from "./connection";
import {
  type Chosen,
  type DeviceProblem,
  deviceProblem,
  openBoth,
  openCamera,
  openMicrophone,
} from "./devices";
import { HearingStore, seatsNeeded } from "./hearing";
import { Publisher } from "./publisher";
import { type Counters, grade, interval } from "./quality";
import { ShownPictures } from "./shown";
import { Subscriber } from "./subscriber";
import type { Act, HearingView, Problem, Quality, ServerMessage, Source } from "./wire";

const QUALITY_EVERY_MS = 4_000;

/** True when the hearing has ended, for now or for good. */
export function isOver(view: HearingView): boolean {
  return view.state === "closed" || view.state === "adjourned";
}

export interface LiveOptions {
  api: Api;
  hearing: string;
  url: string;
  session: () => string | null;
  socket?: (url: string) => SocketLike;
  timing?: Timing;
}

/** Everything that is live in one hearing for one person: the acts, the media that go up, the media that come down. */
export class Live {
  readonly hearing = new HearingStore();
  readonly connection: Connection;
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
  /** What the page shows of the others, and how large. */
  readonly shown: ShownPictures;
  /** Own tracks, for the own picture. */
  readonly local = signal<Record<Source, MediaStreamTrack | null>>({
    microphone: null,
    camera: null,
    screen: null,
  });
  readonly problems = signal<{ microphone: DeviceProblem | null; camera: DeviceProblem | null }>({
    microphone: null,
    camera: null,
  });
  /** What the person wants to send. */
  readonly wants = signal<Record<Source, boolean>>({ microphone: true, camera: true, screen: false });
  readonly chosen = signal<Chosen>({});
  readonly quality = signal<Quality>("good");
  /** True while the browser holds back the sound until something is pressed. */
  readonly soundBlocked = signal(false);
  private readonly undo: Array<() => void> = [];
  private reading: Counters | null = null;
  private welcomes = 0;

  constructor(readonly options: LiveOptions) {
    this.publisher = new Publisher(options.api, options.hearing);
    this.subscriber = new Subscriber(options.api, options.hearing);
    this.shown = new ShownPictures(
      (pictures) => this.connection.report({ type: "shows", pictures }),
      options.timing,
    );
    this.connection = new Connection({
      url: options.url,
      session: options.session,
      onMessage: (message) => this.receive(message),
      ...(options.socket ? { socket: options.socket } : {}),
      ...(options.timing ? { timing: options.timing } : {}),
    });
  }

  /** Connects; media start once the server has said welcome. */
  start(): void {
    this.undo.push(
      effect(() => {
        const needed = seatsNeeded(this.hearing.seats.value, this.subscriber.negotiated);
        if (needed > this.subscriber.negotiated) void this.subscriber.grow(needed).catch(() => undefined);
      }),
    );
    const timer = setInterval(() => void this.measure(), QUALITY_EVERY_MS);
    this.undo.push(() => clearInterval(timer));
    this.connection.start();
  }

  async stop(tell = true): Promise<void> {
    for (const undo of this.undo.splice(0)) undo();
    this.shown.stop();
    this.connection.end();
    await this.endMedia(tell);
  }

  /** Nothing goes up or comes down any more; the light of the camera goes out. */
  private async endMedia(tell: boolean): Promise<void> {
    for (const source of ["microphone", "camera", "screen"] as const) this.release(source);
    await Promise.all([this.publisher.close(tell), this.subscriber.close(tell)]);
  }

  /** Does an act and keeps its outcome where the page shows it. */
  async act(act: Act): Promise<Problem | null> {
    const entry = this.hearing.begin(act);
    const problem = await this.connection.act(act);
    this.hearing.finish(entry, problem);
    return problem;
  }

  /** Opens camera and microphone as chosen. What cannot be had is said, and the rest is used. */
  async openDevices(chosen: Chosen = this.chosen.value): Promise<void> {
    this.chosen.value = chosen;
    this.release("microphone");
    this.release("camera");
    const got = await openBoth(chosen);
    this.problems.value = { microphone: got.microphoneProblem, camera: got.cameraProblem };
    await this.put("microphone", got.microphone);
    await this.put("camera", got.camera);
    await this.tellSources();
  }

  /** Switches the own microphone or camera. */
  async setSource(source: "microphone" | "camera", on: boolean): Promise<void> {
    this.wants.value = { ...this.wants.value, [source]: on };
    const track = this.local.value[source];
    if (source === "microphone") {
      if (track) track.enabled = on;
      else if (on) await this.reopen(source);
    } else if (!on) {
      // The light of the camera goes out with it.
      this.release(source);
      await this.publisher.setTrack(source, null);
    } else if (!track) await this.reopen(source);
    const sends = on && this.local.value[source] !== null;
    await this.act({ act: "set_source", source, on: sends });
  }

  async shareScreen(on: boolean): Promise<Problem | null> {
    if (!on) {
      this.release("screen");
      await this.publisher.setTrack("screen", null);
      return this.act({ act: "set_source", source: "screen", on: false });
    }
    let track: MediaStreamTrack | undefined;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { max: 15 } },
        audio: false,
      });
      track = stream.getVideoTracks()[0];
    } catch (error) {
      // Closing the browser's own dialog is no failure.
      if (deviceProblem(error) === "denied") return null;
      return localProblem("screen_failed", error instanceof Error ? error.message : String(error));
    }
    if (!track) return localProblem("screen_failed", "no track");
    await this.put("screen", track);
    track.addEventListener("ended", () => {
      if (this.local.value.screen === track) void this.shareScreen(false);
    });
    const problem = await this.act({ act: "set_source", source: "screen", on: true });
    if (problem) {
      this.release("screen");
      await this.publisher.setTrack("screen", null);
    }
    return problem;
  }

  /** Leaves; without a connection the page goes anyway, and the server sees the loss. */
  async leave(): Promise<void> {
    const problem = await this.act({ act: "leave" });
    if (!this.hearing.bye.value) {
      this.hearing.receive({ type: "bye", reason: "left" }, Date.now());
      // A server that took the leave has ended the media itself.
      await this.stop(problem !== null);
    }
  }

  private async reopen(source: "microphone" | "camera"): Promise<void> {
    try {
      const track =
        source === "microphone"
          ? await openMicrophone(this.chosen.value.microphone)
          : await openCamera(this.chosen.value.camera);
      this.problems.value = { ...this.problems.value, [source]: null };
      await this.put(source, track);
    } catch (error) {
      this.problems.value = { ...this.problems.value, [source]: deviceProblem(error) };
      this.wants.value = { ...this.wants.value, [source]: false };
    }
  }

  private async put(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (track && source !== "screen") {
      if (source === "microphone") track.enabled = this.wants.value.microphone;
      track.addEventListener("ended", () => void this.unplugged(source, track));
    }
    this.local.value = { ...this.local.value, [source]: track };
    await this.publisher.setTrack(source, track);
  }

  /** A device that was pulled out: say so instead of sending black or silence. */
  private async unplugged(source: "microphone" | "camera", track: MediaStreamTrack): Promise<void> {
    if (this.local.value[source] !== track) return;
    this.release(source);
    await this.publisher.setTrack(source, null);
    this.problems.value = { ...this.problems.value, [source]: "missing" };
    await this.act({ act: "set_source", source, on: false });
  }

  private release(source: Source): void {
    const track = this.local.value[source];
    if (!track) return;
    this.local.value = { ...this.local.value, [source]: null };
    track.stop();
  }

  private receive(message: ServerMessage): void {
    this.hearing.receive(message, Date.now());
    if (message.type === "welcome") {
      this.welcomes++;
      this.shown.anew();
      void this.welcomed(this.welcomes === 1);
    } else if (message.type === "bye" && message.reason !== "server_stops") {
      void this.stop(false);
    } else if (message.type === "hearing" && isOver(message.hearing)) {
      // Those who see the case stay connected to see the sealing through; nobody is seen or heard any more.
      void this.endMedia(false);
    }
  }

  private async welcomed(first: boolean): Promise<void> {
    const publishes = this.hearing.can("publish");
    const view = this.hearing.view.value;
    if (view && isOver(view)) return;
    if (first) {
      await Promise.all([this.subscriber.start(), publishes ? this.begin() : Promise.resolve()]);
      return;
    }
    await Promise.all([
      this.subscriber.revive(),
      publishes ? this.publisher.revive() : Promise.resolve(),
      publishes ? this.tellSources() : Promise.resolve(),
    ]);
  }

  private async begin(): Promise<void> {
    const self = this.hearing.self.value;
    // After a reload everything is as it was left: a microphone that was off stays off.
    if (self && self.state !== "checking_equipment") {
      this.wants.value = { ...this.wants.value, microphone: self.microphone, camera: self.camera };
    }
    await this.openDevices();
    if (!this.wants.value.camera) {
      this.release("camera");
      await this.publisher.setTrack("camera", null);
    }
    await this.publisher.start();
  }

  /** Tells the server what really goes up, where it believes something else. */
  private async tellSources(): Promise<void> {
    const self = this.hearing.self.value;
    if (!self || this.connection.state.value !== "connected") return;
    const local = this.local.value;
    const real = {
      microphone: local.microphone !== null && this.wants.value.microphone,
      camera: local.camera !== null && this.wants.value.camera,
      screen: local.screen !== null,
    };
    for (const source of ["microphone", "camera", "screen"] as const) {
      if (self[source] !== real[source])
        await this.connection.act({ act: "set_source", source, on: real[source] });
    }
  }

  private async measure(): Promise<void> {
    if (this.subscriber.state.value !== "connected") {
      this.reading = null;
      return;
    }
    const after = await this.subscriber.received();
    const before = this.reading;
    this.reading = after;
    if (!before) return;
    const now = interval(before, after);
    this.quality.value = grade(now);
    this.connection.report({
      type: "quality",
      loss_per_mille: Math.min(1000, now.lossPerMille),
      rtt_ms: Math.min(60_000, now.rttMs),
    });
  }
}
