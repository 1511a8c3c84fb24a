import type { Api } from "./api";
import { MediaPeer } from "./peer";
import type { Source } from "./wire";

const CAMERA_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

function prefer(transceiver: RTCRtpTransceiver, kind: "audio" | "video", wanted: RegExp): void {
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs.filter((codec) => wanted.test(codec.mimeType));
  if (codecs?.length) transceiver.setCodecPreferences?.(codecs);
}

export const preferVp8 = (t: RTCRtpTransceiver): void => prefer(t, "video", /^video\/(VP8|rtx)$/i);
export const preferOpus = (t: RTCRtpTransceiver): void => prefer(t, "audio", /^audio\/opus$/i);

/**
 * Own microphone, camera and screen, on three lines that are negotiated once: a source is switched by giving its
 * sender another track or none, so that nobody renegotiates in mid-hearing.
 */
export class Publisher extends MediaPeer {
  private readonly tracks: Record<Source, MediaStreamTrack | null> = {
    microphone: null,
    camera: null,
    screen: null,
  };
  private senders: Partial<Record<Source, RTCRtpSender>> = {};

  constructor(api: Api, hearing: string) {
    super(api, hearing, "whip");
  }

  /** What goes up from now on; null sends nothing. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[source] = track;
    if (track && source === "screen") track.contentHint = "detail";
    await this.senders[source]?.replaceTrack(track);
  }

  track(source: Source): MediaStreamTrack | null {
    return this.tracks[source];
  }

  protected override prepare(pc: RTCPeerConnection): void {
    const person = new MediaStream();
    const { microphone, camera, screen } = this.tracks;
    const mic = pc.addTransceiver(microphone ?? "audio", { direction: "sendonly", streams: [person] });
    const cam = pc.addTransceiver(camera ?? "video", {
      direction: "sendonly",
      streams: [person],
      sendEncodings: CAMERA_LAYERS.map((layer) => ({ ...layer })),
    });
    const shared = pc.addTransceiver(screen ?? "video", {
      direction: "sendonly",
      streams: [new MediaStream()],
      sendEncodings: [{ maxBitrate: 2_500_000, maxFramerate: 15 }],
    });
    preferOpus(mic);
    preferVp8(cam);
    preferVp8(shared);
    this.senders = { microphone: mic.sender, camera: cam.sender, screen: shared.sender };
  }

  protected override forget(): void {
    this.senders = {};
  }
}
