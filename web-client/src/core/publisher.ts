import type { Api } from "./api";
import { MediaPeer } from "./peer";
import type { Source } from "./wire";

/** One simulcast layer of the camera. */
export interface Layer {
  rid: string;
  active: boolean;
  scaleResolutionDownBy: number;
  maxBitrate: number;
}

/**
 * The layers for a camera of that height. Chromium sends only the first two layers of a picture below 960x540, so
 * a small camera must not keep its whole picture in the third.
 */
export function cameraLayers(height: number): Layer[] {
  if (height >= 540) {
    return [
      { rid: "q", active: true, scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { rid: "h", active: true, scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { rid: "f", active: true, scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
    ];
  }
  return [
    { rid: "q", active: true, scaleResolutionDownBy: 2, maxBitrate: 150_000 },
    { rid: "h", active: true, scaleResolutionDownBy: 1, maxBitrate: 800_000 },
    { rid: "f", active: false, scaleResolutionDownBy: 1, maxBitrate: 800_000 },
  ];
}

const HEIGHT_WITHOUT_CAMERA = 720;
const heightOf = (track: MediaStreamTrack | null): number =>
  track?.getSettings().height ?? HEIGHT_WITHOUT_CAMERA;

/** The rids are negotiated once; what each carries may change with the camera. */
async function setLayers(sender: RTCRtpSender, layers: Layer[]): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) {
    const layer = layers.find((l) => l.rid === encoding.rid);
    if (layer) Object.assign(encoding, layer);
  }
  // A browser that refuses keeps the layers it has: the picture goes up all the same.
  await sender.setParameters(parameters).catch((error: unknown) => console.warn(`layers: ${String(error)}`));
}

/** Only these codecs, in this order. */
function prefer(transceiver: RTCRtpTransceiver, kind: "audio" | "video", wanted: RegExp[]): void {
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const codecs = wanted.flatMap((name) => all.filter((codec) => name.test(codec.mimeType)));
  if (codecs.length) transceiver.setCodecPreferences?.(codecs);
}

export const preferVp8 = (t: RTCRtpTransceiver): void =>
  prefer(t, "video", [/^video\/VP8$/i, /^video\/rtx$/i]);
/** Opus; where the browser can, each packet takes the one before it along (RED, RFC 2198), so that a lost one costs nothing. */
export const preferOpus = (t: RTCRtpTransceiver): void =>
  prefer(t, "audio", [/^audio\/red$/i, /^audio\/opus$/i]);

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
    const sender = this.senders[source];
    await sender?.replaceTrack(track);
    if (sender && track && source === "camera") await setLayers(sender, cameraLayers(heightOf(track)));
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
      sendEncodings: cameraLayers(heightOf(camera)),
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
