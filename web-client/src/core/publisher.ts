import type { Api } from "./api";
import { packsLayers, toReceive, toSend } from "./codecs";
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
 * The layers for a camera of that height. Chromium sends only the first two layers of a picture below 960x540, and only
 * the first of one below 480x270, so a small camera must not keep its whole picture in one of the others.
 */
export function cameraLayers(height: number): Layer[] {
  if (height >= 540) {
    return [
      { rid: "q", active: true, scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { rid: "h", active: true, scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { rid: "f", active: true, scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
    ];
  }
  if (height < 270) {
    return [
      { rid: "q", active: true, scaleResolutionDownBy: 1, maxBitrate: 350_000 },
      { rid: "h", active: false, scaleResolutionDownBy: 1, maxBitrate: 350_000 },
      { rid: "f", active: false, scaleResolutionDownBy: 1, maxBitrate: 350_000 },
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

const known = (kind: "audio" | "video"): RTCRtpCodec[] => RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];

/** What it can encode, among what it knows: the two need not be the same. */
function sendable(): RTCRtpCodec[] {
  const all = known("video");
  const encoders = RTCRtpSender.getCapabilities?.("video")?.codecs;
  return encoders ? all.filter((codec) => encoders.some((e) => e.mimeType === codec.mimeType)) : all;
}

/** A browser that is told of no codec offers what it has. */
function prefer(transceiver: RTCRtpTransceiver, codecs: RTCRtpCodec[]): void {
  if (codecs.length) transceiver.setCodecPreferences?.(codecs);
}

/** The codecs in which somebody else's pictures may come. */
export const preferPictures = (t: RTCRtpTransceiver): void => prefer(t, toReceive(known("video")));
/** Opus; where the browser can, each packet takes the one before it along (RED, RFC 2198), so that a lost one costs nothing. */
export const preferOpus = (t: RTCRtpTransceiver): void => {
  const names = [/^audio\/red$/i, /^audio\/opus$/i];
  prefer(
    t,
    names.flatMap((name) => known("audio").filter((codec) => name.test(codec.mimeType))),
  );
};

/** Layers as streams of their own. */
const apart = (layers: Layer[]): Layer[] =>
  layers.map((layer) => Object.assign({ scalabilityMode: "L1T1" }, layer));

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
    const pictures = toSend(sendable());
    const layers = cameraLayers(heightOf(camera));
    const mic = pc.addTransceiver(microphone ?? "audio", { direction: "sendonly", streams: [person] });
    const cam = pc.addTransceiver(camera ?? "video", {
      direction: "sendonly",
      streams: [person],
      sendEncodings: packsLayers(pictures) ? apart(layers) : layers,
    });
    const shared = pc.addTransceiver(screen ?? "video", {
      direction: "sendonly",
      streams: [new MediaStream()],
      sendEncodings: [{ maxBitrate: 2_500_000, maxFramerate: 15 }],
    });
    preferOpus(mic);
    prefer(cam, pictures);
    prefer(shared, pictures);
    this.senders = { microphone: mic.sender, camera: cam.sender, screen: shared.sender };
  }

  protected override forget(): void {
    this.senders = {};
  }
}
