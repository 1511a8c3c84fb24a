import { effect, signal } from "@preact/signals";
import type { Api } from "./api";
import { Connection, type SocketLike, type Timing } from "./connection";
import { HearingStore, seatsNeeded } from "./hearing";
import { Publisher } from "./publisher";
import { type Counters, grade, interval, known } from "./quality";
import { ShownPictures } from "./shown";
import { Sources } from "./sources";
import { Subscriber } from "./subscriber";
import type { Act, HearingView, Problem, Quality, ServerMessage } from "./wire";

const QUALITY_EVERY_MS = 4_000;
/** Both media connections fall silent at one time: the socket is made anew once. */
const DOUBT_EVERY_MS = 5_000;

/** True when the hearing has ended, for now or for good. */
export function isOver(view: HearingView): boolean {
  return view.state === "closed" || view.state === "adjourned";
}

/**
 * What of a person reaches the others: sound and picture, one of them, neither, nothing because nobody is heard just
 * now, or nothing because the role only watches. Screened: some do not get the picture. Connecting: nothing is sent yet.
 * Unheard: the browser holds back the sound of what is watched. Alone: neither does one see or hear the others.
 */
export type Reach =
  | "both"
  | "sound"
  | "picture"
  | "nothing"
  | "quiet"
  | "unsent"
  | "connecting"
  | "watch"
  | "watch-unheard"
  | "watch-alone"
  | "screened"
  | "screened-picture";

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
  readonly sources: Sources;
  /** As last measured on the connection that stands. */
  private readonly measured = signal<Quality | null>(null);
  /** True while the browser holds back the sound until something is pressed. */
  readonly soundBlocked = signal(false);
  /** How loud the others are, 0 to 1, and through which loudspeaker; the empty one is the system's. */
  readonly output = signal({ volume: 1, speaker: "" });
  private readonly undo: Array<() => void> = [];
  private reading: Counters | null = null;
  private welcomes = 0;
  private doubtedAt = Number.NEGATIVE_INFINITY;

  constructor(readonly options: LiveOptions) {
    this.publisher = new Publisher(options.api, options.hearing);
    this.subscriber = new Subscriber(options.api, options.hearing);
    for (const peer of [this.publisher, this.subscriber]) peer.onSilence = () => this.doubted();
    this.shown = new ShownPictures(
      (pictures) => this.connection.report({ type: "shows", pictures }),
      options.timing,
    );
    this.sources = new Sources({
      publish: (source, track) => this.publisher.setTrack(source, track),
      changed: () => this.tellSources(),
    });
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
    this.undo.push(() => clearInterval(timer), this.sources.watch());
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
    this.sources.end();
    await Promise.all([this.publisher.close(tell), this.subscriber.close(tell)]);
  }

  /** Does an act and keeps its outcome where the page shows it. */
  async act(act: Act): Promise<Problem | null> {
    const entry = this.hearing.begin(act);
    const problem = await this.connection.act(act);
    this.hearing.finish(entry, problem);
    return problem;
  }

  /** Switches the own microphone or camera. */
  async setSource(source: "microphone" | "camera", on: boolean): Promise<void> {
    const sends = await this.sources.set(source, on);
    await this.act({ act: "set_source", source, on: sends });
  }

  async shareScreen(on: boolean): Promise<Problem | null> {
    if (!on) {
      await this.sources.closeScreen();
      return this.act({ act: "set_source", source: "screen", on: false });
    }
    const picked = await this.sources.pickScreen();
    if (!(picked instanceof MediaStreamTrack)) return picked;
    // First the court, then the picture: nothing goes up that it does not allow, and all of it is of this time.
    const problem = await this.act({ act: "set_source", source: "screen", on: true });
    if (problem) picked.stop();
    else {
      await this.sources.showScreen(picked);
      await this.tellSources();
    }
    return problem;
  }

  /** Media ceased: the socket goes the same way, and may hang on it. */
  private doubted(): void {
    const now = performance.now();
    if (now - this.doubtedAt < DOUBT_EVERY_MS) return;
    this.doubtedAt = now;
    this.connection.doubt();
  }

  /** The page is looked at again, perhaps after a long sleep: see that everything still flows. */
  seen(): void {
    this.connection.retryNow();
    if (this.connection.state.value !== "connected" || this.hearing.bye.value) return;
    void this.subscriber.revive();
    void this.publisher.revive();
  }

  /** What of oneself reaches the others at this moment, by what is known here. */
  reach(): Reach {
    const self = this.hearing.self.value;
    const view = this.hearing.view.value;
    if (!self || !view) return "watch-alone";
    const publishes = this.hearing.can("publish");
    const connected = this.connection.state.value === "connected";
    const quiet = self.room === "hearing_room" && view.state !== "in_session";
    if (!publishes) {
      if (!connected || this.subscriber.state.value !== "connected") return "watch-alone";
      if (quiet) return "quiet";
      return this.soundBlocked.value ? "watch-unheard" : "watch";
    }
    if (!connected || this.publisher.state.value === "interrupted") return "unsent";
    if (this.publisher.state.value !== "connected") return "connecting";
    if (quiet) return "quiet";
    const sound = this.sources.sends("microphone") && !self.muted;
    const picture = this.sources.sends("camera");
    if (picture && self.kept_from.length > 0) return sound ? "screened" : "screened-picture";
    if (sound) return picture ? "both" : "sound";
    return picture ? "picture" : "nothing";
  }

  /** How the own connection is, by what is known at this moment. */
  quality(): Quality | "unknown" {
    return known(this.measured.value, {
      socket: this.connection.state.value === "connected",
      media: this.subscriber.state.value === "connected",
    });
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
      this.sources.wants.value = {
        ...this.sources.wants.value,
        microphone: self.microphone,
        camera: self.camera,
      };
    }
    await this.sources.openAll();
    await this.publisher.start();
  }

  /** Tells the server what really goes up, where it believes something else. */
  private async tellSources(): Promise<void> {
    const self = this.hearing.self.value;
    if (!self || this.connection.state.value !== "connected") return;
    for (const source of ["microphone", "camera", "screen"] as const) {
      const on = this.sources.sends(source);
      if (self[source] !== on) await this.connection.act({ act: "set_source", source, on });
    }
  }

  private async measure(): Promise<void> {
    if (this.subscriber.state.value !== "connected") {
      this.reading = null;
      this.measured.value = null;
      return;
    }
    const after = await this.subscriber.received();
    const before = this.reading;
    this.reading = after;
    if (!before) return;
    const now = interval(before, after);
    this.measured.value = now && grade(now);
    if (!now) return;
    this.connection.report({
      type: "quality",
      loss_per_mille: Math.min(1000, now.lossPerMille),
      rtt_ms: Math.min(60_000, now.rttMs),
    });
  }
}
