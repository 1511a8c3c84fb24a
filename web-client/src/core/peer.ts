import { signal } from "@preact/signals";
import type { Api } from "./api";
import { LISTEN_MS, Listening } from "./listening";
import { type Path, pathOf } from "./path";
import { iceFragment, withIceFragment, withRepair } from "./sdp";

export type PeerState = "idle" | "connecting" | "connected" | "interrupted" | "closed";

const GATHER_MS_MAX = 1_500;
const CONNECT_MS_MAX = 10_000;
const RESTART_MS_MAX = 6_000;
const ALIVE_MS = 3_500;

/** Gathering is over, or has taken long enough: what is there by then goes into the offer. */
function gathered(pc: RTCPeerConnection): Promise<void> {
  if (pc.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      pc.removeEventListener("icegatheringstatechange", look);
      done();
    };
    const look = () => {
      if (pc.iceGatheringState === "complete") finish();
    };
    const timer = setTimeout(finish, GATHER_MS_MAX);
    pc.addEventListener("icegatheringstatechange", look);
  });
}

function connected(pc: RTCPeerConnection, ms: number): Promise<boolean> {
  return new Promise((done) => {
    const finish = (ok: boolean) => {
      clearTimeout(timer);
      pc.removeEventListener("connectionstatechange", look);
      done(ok);
    };
    const look = () => {
      if (pc.connectionState === "connected") finish(true);
      else if (pc.connectionState === "closed") finish(false);
    };
    const timer = setTimeout(() => finish(pc.connectionState === "connected"), ms);
    pc.addEventListener("connectionstatechange", look);
    look();
  });
}

/** Bytes that came in so far, whatever they were. */
async function bytesIn(pc: RTCPeerConnection): Promise<number> {
  let bytes = 0;
  for (const stat of (await pc.getStats()).values())
    if (stat.type === "candidate-pair") bytes += stat.bytesReceived ?? 0;
  return bytes;
}

/**
 * A media connection that keeps itself up. When the path breaks it tries an ICE restart, which keeps everything
 * negotiated; when the server no longer knows the session, it negotiates anew.
 */
export abstract class MediaPeer {
  readonly state = signal<PeerState>("idle");
  protected pc: RTCPeerConnection | null = null;
  protected location: string | null = null;
  protected answer = "";
  private queue: Promise<void> = Promise.resolve();
  private wanted = false;
  private over = false;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly listening = new Listening();
  private listener: ReturnType<typeof setInterval> | null = null;
  private mendedAt = 0;
  /** Called when nothing comes in any more although the connection stands: all that goes the same way is in doubt. */
  onSilence: (() => void) | null = null;

  constructor(
    protected readonly api: Api,
    protected readonly hearing: string,
    private readonly kind: "whip" | "whep",
  ) {}

  /** Adds the lines of the first offer. */
  protected abstract prepare(pc: RTCPeerConnection): Promise<void> | void;
  /** The connection was replaced or is gone: forget what hung on it. */
  protected abstract forget(): void;

  /** Connects and stays connected until `close`, which is for good. */
  start(): Promise<void> {
    if (this.over) return Promise.resolve();
    this.wanted = true;
    return this.exclusive(() => this.build());
  }

  /** Signalling came back: see whether media still flows, and mend it if not. */
  async revive(): Promise<void> {
    if (!this.wanted) return;
    const pc = this.pc;
    if (!pc) return this.start();
    const asked = performance.now();
    if (pc.connectionState === "connected" && (await this.answers(pc))) return;
    await this.exclusive(async () => {
      // What was mended meanwhile needs no second time.
      if (this.pc === pc && this.mendedAt < asked) await this.mend();
    });
  }

  /** Nothing comes in any more: mends at once instead of waiting until the browser notices. */
  private async listen(): Promise<void> {
    const { pc } = this;
    if (pc?.connectionState !== "connected") return this.listening.forget();
    const bytes = await bytesIn(pc).catch(() => null);
    if (bytes === null || this.pc !== pc || pc.connectionState !== "connected") return;
    if (!this.listening.look(bytes)) return;
    this.onSilence?.();
    const noticed = performance.now();
    await this.exclusive(async () => {
      if (this.wanted && this.pc === pc && this.mendedAt < noticed) await this.mend();
    });
  }

  /** Ends the connection at once, whatever is being negotiated. `tell` is false when the server has ended it already. */
  async close(tell = true): Promise<void> {
    this.wanted = false;
    this.over = true;
    this.tearDown(tell);
    this.state.value = "closed";
  }

  stats(): Promise<RTCStatsReport> | null {
    return this.pc && this.pc.connectionState !== "closed" ? this.pc.getStats() : null;
  }

  /** Which way media takes; null while there is none. */
  async path(): Promise<Path | null> {
    const report = await this.stats();
    return report ? pathOf(report.values()) : null;
  }

  /** One negotiation at a time: an offer made while another waits for its answer would fail. */
  protected exclusive(run: () => Promise<void>): Promise<void> {
    const next = this.queue.then(run, run);
    this.queue = next.catch(() => undefined);
    return next;
  }

  protected async localOffer(pc: RTCPeerConnection): Promise<string> {
    const { type, sdp } = await pc.createOffer();
    try {
      await pc.setLocalDescription({ type, sdp: withRepair(sdp ?? "") });
    } catch (error) {
      // A browser that lets nobody touch its offer: then without.
      console.info(`${this.kind}: ${error instanceof Error ? error.message : String(error)}`);
      await pc.setLocalDescription();
    }
    await gathered(pc);
    return pc.localDescription?.sdp ?? "";
  }

  private async build(): Promise<void> {
    if (!this.wanted) return;
    // A new session takes the place of the old one at the server, so nothing need be said about that.
    this.tearDown(false);
    this.state.value = this.attempt === 0 ? "connecting" : "interrupted";
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc = pc;
    this.listening.forget();
    this.listener ??= setInterval(() => void this.listen(), LISTEN_MS);
    pc.addEventListener("connectionstatechange", () => this.changed(pc));
    try {
      await this.useRelays(pc);
      if (this.pc !== pc) return;
      await this.prepare(pc);
      const { location, sdp } = await this.api.offer(this.hearing, this.kind, await this.localOffer(pc));
      if (this.pc !== pc) {
        // Closed while the server was answering: what it has just made is not wanted any more.
        void this.api.endMedia(location).catch(() => undefined);
        return;
      }
      this.location = location;
      this.answer = sdp;
      await pc.setRemoteDescription({ type: "answer", sdp });
    } catch (error) {
      if (this.pc !== pc) return;
      console.warn(`${this.kind}: ${error instanceof Error ? error.message : String(error)}`);
      this.tearDown(false);
      this.again();
      return;
    }
    if (await connected(pc, CONNECT_MS_MAX)) this.attempt = 0;
    else if (this.pc === pc) {
      this.tearDown(false);
      this.again();
    }
  }

  private async mend(): Promise<void> {
    const pc = this.pc;
    if (!this.wanted) return;
    if (!pc || !this.location) return this.build();
    this.state.value = "interrupted";
    try {
      // The credentials of the beginning may have run out.
      await this.useRelays(pc);
      if (this.pc !== pc) return;
      pc.restartIce();
      const fragment = iceFragment(await this.localOffer(pc));
      const sdp = withIceFragment(this.answer, await this.api.restartIce(this.location, fragment));
      if (!sdp) return this.build();
      await pc.setRemoteDescription({ type: "answer", sdp });
      this.answer = sdp;
      if (this.pc !== pc) return;
      if (await connected(pc, RESTART_MS_MAX)) {
        this.mendedAt = performance.now();
        this.listening.forget();
        this.state.value = "connected";
        return;
      }
    } catch (error) {
      if (this.pc !== pc) return;
      // The server was started anew, or the session ended there: nothing to restart.
      console.info(`${this.kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await this.build();
  }

  /** Gives it the court's relays, if there are any. When they cannot be asked for, a direct way is tried all the same. */
  private async useRelays(pc: RTCPeerConnection): Promise<void> {
    try {
      const iceServers = await this.api.iceServers(this.hearing);
      if (iceServers.length && this.pc === pc)
        pc.setConfiguration({ bundlePolicy: "max-bundle", iceServers });
    } catch (error) {
      console.info(`${this.kind}: no relays: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private changed(pc: RTCPeerConnection): void {
    if (this.pc !== pc) return;
    if (pc.connectionState === "connected") {
      this.stopTimer();
      this.attempt = 0;
      this.state.value = "connected";
    } else if (pc.connectionState === "disconnected") {
      this.state.value = "interrupted";
      // Short losses heal by themselves, and this is told seconds after the last sign of life.
      this.schedule(() => this.mend(), 500);
    } else if (pc.connectionState === "failed") {
      this.state.value = "interrupted";
      this.schedule(() => this.mend(), 0);
    }
  }

  private again(): void {
    if (!this.wanted) return;
    this.state.value = "interrupted";
    this.schedule(() => this.build(), Math.min(8_000, 500 * 2 ** Math.min(this.attempt++, 5)));
  }

  private schedule(run: () => Promise<void>, ms: number): void {
    this.stopTimer();
    this.timer = setTimeout(() => {
      void this.exclusive(async () => {
        if (this.wanted && this.state.value !== "connected") await run();
      });
    }, ms);
  }

  /** True when anything still comes in: media, their reports, or the answers to consent checks (RFC 7675). */
  private async answers(pc: RTCPeerConnection): Promise<boolean> {
    const count = async (): Promise<number> => {
      let arrived = 0;
      for (const stat of (await pc.getStats()).values()) {
        if (stat.type === "candidate-pair")
          arrived += (stat.responsesReceived ?? 0) + (stat.bytesReceived ?? 0);
      }
      return arrived;
    };
    const before = await count();
    const until = performance.now() + ALIVE_MS;
    while (performance.now() < until && pc.connectionState === "connected") {
      await new Promise((done) => setTimeout(done, 500));
      if ((await count()) > before) return true;
    }
    return false;
  }

  private tearDown(tell: boolean): void {
    this.stopTimer();
    if (this.listener !== null) clearInterval(this.listener);
    this.listener = null;
    const { pc, location } = this;
    this.pc = null;
    this.location = null;
    this.answer = "";
    if (pc) {
      pc.close();
      this.forget();
    }
    if (location && tell) void this.api.endMedia(location).catch(() => undefined);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
