/** Which of a browser's codecs go into an offer: those that the server forwards and records. */

/** Pictures, best known first: every browser shows VP8. */
const PICTURES = ["video/vp8", "video/vp9", "video/h264"];

/** What a browser says of a codec that it knows. */
export interface Known {
  mimeType: string;
  sdpFmtpLine?: string;
}

function parameter(codec: Known, name: string): string | undefined {
  const pairs = (codec.sdpFmtpLine ?? "").split(";").map((pair) => pair.trim().split("="));
  return pairs.find(([key]) => key?.toLowerCase() === name)?.[1];
}

/** VP9 of profile 0, H.264 of the constrained baseline profile in packetization mode 1, VP8 as it is. */
function isOurs(codec: Known): boolean {
  switch (codec.mimeType.toLowerCase()) {
    case "video/vp8":
      return true;
    case "video/vp9":
      return (parameter(codec, "profile-id") ?? "0") === "0";
    case "video/h264":
      return (
        parameter(codec, "packetization-mode") === "1" &&
        /^42[4-7c-f]/i.test(parameter(codec, "profile-level-id") ?? "")
      );
    default:
      return false;
  }
}

const rank = (codec: Known): number => PICTURES.indexOf(codec.mimeType.toLowerCase());

/** Codecs to receive pictures in: one of each kind that the server may send, and retransmissions. */
export function toReceive<C extends Known>(known: readonly C[]): C[] {
  const ours = known.filter(isOurs).sort((a, b) => rank(a) - rank(b));
  const one = ours.filter((codec, i) => ours.findIndex((other) => rank(other) === rank(codec)) === i);
  return one.length === 0 ? [] : [...one, ...known.filter(isRetransmission)];
}

/** Codecs to send pictures in: VP8, which everybody can show; another only where a browser has no VP8. */
export function toSend<C extends Known>(known: readonly C[]): C[] {
  const ours = toReceive(known);
  const [first] = ours;
  return first && rank(first) === 0 ? ours.filter((c) => rank(c) === 0 || isRetransmission(c)) : ours;
}

function isRetransmission(codec: Known): boolean {
  return codec.mimeType.toLowerCase() === "video/rtx";
}

/** True where layers must be asked for as streams of their own: a sender of VP9 would pack them into one. */
export function packsLayers(codecs: readonly Known[]): boolean {
  return codecs[0]?.mimeType.toLowerCase() === "video/vp9";
}
