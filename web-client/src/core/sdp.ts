/** The little of SDP that WHIP and WHEP leave to the client: ICE restarts by fragment (RFC 8840, RFC 9725). */

const lines = (sdp: string): string[] => sdp.split(/\r?\n/).filter((line) => line !== "");
const join = (all: string[]): string => `${all.join("\r\n")}\r\n`;
const value = (all: string[], name: string): string | null =>
  all.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? null;

/** The fragment that asks for an ICE restart: the new credentials and candidates of a local description. */
export function iceFragment(sdp: string): string {
  const all = lines(sdp);
  const media = all.find((line) => line.startsWith("m="));
  const mid = value(all, "mid");
  const candidates = [...new Set(all.filter((line) => /^a=candidate:\S+ 1 /i.test(line)))];
  const out = [`a=ice-ufrag:${value(all, "ice-ufrag") ?? ""}`, `a=ice-pwd:${value(all, "ice-pwd") ?? ""}`];
  if (media && mid !== null) out.push(media.replace(/^(m=\S+ )\d+/, "$19"), `a=mid:${mid}`);
  out.push(...candidates, "a=end-of-candidates");
  return join(out);
}

/** The earlier answer with the credentials and candidates of the server's fragment; null when it holds none. */
export function withIceFragment(answer: string, fragment: string): string | null {
  const frag = lines(fragment);
  const ufrag = value(frag, "ice-ufrag");
  const pwd = value(frag, "ice-pwd");
  if (!ufrag || !pwd) return null;
  const candidates = frag.filter((line) => line.startsWith("a=candidate:"));
  const out: string[] = [];
  let placed = false;
  for (const line of lines(answer)) {
    if (line.startsWith("a=candidate:") || line === "a=end-of-candidates") continue;
    if (line.startsWith("a=ice-ufrag:")) out.push(`a=ice-ufrag:${ufrag}`);
    else if (line.startsWith("a=ice-pwd:")) out.push(`a=ice-pwd:${pwd}`);
    else out.push(line);
    if (!placed && line.startsWith("a=mid:")) {
      out.push(...candidates);
      placed = true;
    }
  }
  return join(out);
}

/**
 * The offer with what a browser can do for a bad network and does not offer by itself: lost sound is asked for and sent
 * again (RFC 4585), and a receiver measures the way and back (RFC 3611), by which it knows how long to wait for what is
 * sent again.
 */
export function withRepair(offer: string): string {
  const out: string[] = [];
  for (const line of lines(offer)) {
    out.push(line);
    const found = /^a=rtpmap:(\d+) (opus\/48000\/2|VP8\/90000)$/i.exec(line);
    if (!found) continue;
    const feedback = found[2]?.toLowerCase().startsWith("opus") ? ["nack", "rrtr"] : ["rrtr"];
    for (const kind of feedback) {
      const wanted = `a=rtcp-fb:${found[1]} ${kind}`;
      if (!offer.includes(`${wanted}\r\n`)) out.push(wanted);
    }
  }
  return join(out);
}

/** The seat that a stream's id names. Firefox wraps ids in braces. */
export function seatOfStream(id: string): number | null {
  const found = /^\{?seat(\d{1,3})\}?$/.exec(id);
  return found?.[1] ? Number(found[1]) : null;
}
