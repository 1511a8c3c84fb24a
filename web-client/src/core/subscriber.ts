import { signal } from "@preact/signals";
import type { Api } from "./api";
import { LOOK_MS, Patience, type SeatCount } from "./patience";
import { MediaPeer } from "./peer";
import { preferOpus, preferPictures } from "./publisher";
import { seatOfStream } from "./sdp";

/** What arrives in a seat. The tracks stay the same whoever sits there. */
export interface SeatMedia {
  /** The sound alone. */
  audio: MediaStream | null;
  /** The seat's stream as the server sends it. */
  video: MediaStream | null;
}

/** What came in since the connection stands, over all seats or in one. */
export interface Received {
  framesDecoded: number;
  packets: number;
  lost: number;
  rttMs: number;
}

export const SEATS_AT_FIRST = 8;

/** The seats: a fixed number of audio and video lines into which the server puts whoever is to be seen and heard. */
export class Subscriber extends MediaPeer {
  readonly media = signal<Record<number, SeatMedia>>({});
  private count = SEATS_AT_FIRST;
  private mids = new Map<string, number>();
  private patience = new Map<number, Patience>();
  private looking: ReturnType<typeof setInterval> | null = null;

  constructor(api: Api, hearing: string) {
    super(api, hearing, "whep");
  }

  get negotiated(): number {
    return this.count;
  }

  /** Makes room for at least that many seats; those who sit are not disturbed. */
  grow(count: number): Promise<void> {
    return this.exclusive(async () => {
      const { pc, location } = this;
      if (count <= this.count) return;
      const more = count - this.count;
      this.count = count;
      // Without a connection the next one is built with the new number.
      if (!pc || !location) return;
      try {
        this.addSeats(pc, more);
        const answer = await this.api.renegotiate(location, await this.localOffer(pc));
        await pc.setRemoteDescription({ type: "answer", sdp: answer });
        this.answer = answer;
      } catch (error) {
        console.warn(`whep growth: ${error instanceof Error ? error.message : String(error)}`);
        void this.start();
      }
    });
  }

  /** Sums what came in; of one seat when it is given. */
  async received(seat?: number): Promise<Received> {
    const sum: Received = { framesDecoded: 0, packets: 0, lost: 0, rttMs: 0 };
    const report = await this.stats();
    if (!report) return sum;
    for (const stat of report.values()) {
      if (stat.type === "candidate-pair" && stat.nominated && stat.currentRoundTripTime !== undefined) {
        sum.rttMs = Math.round(stat.currentRoundTripTime * 1000);
      }
      if (stat.type !== "inbound-rtp") continue;
      if (seat !== undefined && this.mids.get(stat.mid) !== seat) continue;
      sum.framesDecoded += stat.framesDecoded ?? 0;
      sum.packets += stat.packetsReceived ?? 0;
      sum.lost += Math.max(0, stat.packetsLost ?? 0);
    }
    return sum;
  }

  protected override prepare(pc: RTCPeerConnection): void {
    pc.addEventListener("track", (event) => this.arrived(event));
    this.looking ??= setInterval(() => void this.wait(), LOOK_MS);
    this.addSeats(pc, this.count);
  }

  protected override forget(): void {
    this.media.value = {};
    this.mids.clear();
    this.patience.clear();
    if (this.looking !== null) clearInterval(this.looking);
    this.looking = null;
  }

  /** Lets every seat wait as long as what is sent again needs. */
  private async wait(): Promise<void> {
    const { pc } = this;
    const report = await this.stats()?.catch(() => null);
    if (!report || this.pc !== pc || !pc) return;
    const counts = new Map<number, SeatCount>();
    let rttMs = 0;
    for (const stat of report.values()) {
      if (stat.type === "candidate-pair" && stat.nominated) rttMs = (stat.currentRoundTripTime ?? 0) * 1000;
      const seat = stat.type === "inbound-rtp" ? this.mids.get(stat.mid) : undefined;
      if (seat === undefined || stat.kind !== "video") continue;
      counts.set(seat, {
        frames: stat.framesReceived ?? 0,
        dropped: stat.framesDropped ?? 0,
        nacks: stat.nackCount ?? 0,
      });
    }
    for (const { mid, receiver } of pc.getTransceivers()) {
      const seat = mid === null ? undefined : this.mids.get(mid);
      const count = seat === undefined ? undefined : counts.get(seat);
      if (seat === undefined || !count || !("jitterBufferTarget" in receiver)) continue;
      const patience = this.patience.get(seat) ?? new Patience();
      this.patience.set(seat, patience);
      if (receiver.track.kind === "video") patience.look(count, rttMs);
      // Picture and sound of a seat wait alike, so that lips and voice stay together.
      const target = patience.waitMs || null;
      if (receiver.jitterBufferTarget !== target) receiver.jitterBufferTarget = target;
    }
  }

  private addSeats(pc: RTCPeerConnection, count: number): void {
    for (let i = 0; i < count; i++) {
      preferOpus(pc.addTransceiver("audio", { direction: "recvonly" }));
      preferPictures(pc.addTransceiver("video", { direction: "recvonly" }));
    }
  }

  private arrived(event: RTCTrackEvent): void {
    const stream = event.streams[0];
    const seat = stream ? seatOfStream(stream.id) : null;
    if (!stream || seat === null) return;
    if (event.transceiver.mid !== null) this.mids.set(event.transceiver.mid, seat);
    const known = this.media.value[seat] ?? { audio: null, video: null };
    // Sound gets an element of its own: a silent picture may always play, sound may need a press first.
    const next =
      event.track.kind === "audio"
        ? { ...known, audio: new MediaStream([event.track]) }
        : { ...known, video: stream };
    this.media.value = { ...this.media.value, [seat]: next };
  }
}
