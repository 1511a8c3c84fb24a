import { describe, expect, it } from "vitest";
import { Listening } from "../src/core/listening";
import { Patience, WAIT_MS_MAX } from "../src/core/patience";
import { correction, isMissing, PlayClock, standing } from "../src/core/playback";
import { cameraLayers } from "../src/core/publisher";
import { iceFragment, seatOfStream, withIceFragment, withRepair } from "../src/core/sdp";
import { TrackFile } from "../src/core/track-file";
import { clusters, decoderHead, head } from "../src/core/webm";
import { block, bytes, cluster, el, file, id, source, UNKNOWN } from "./webm-file";

describe("webm", () => {
  it("finds the head and the clusters of a live file", () => {
    const all = file(5, 2);
    const found = head(all);
    expect(found?.scale).toBe(1_000_000);
    const list = clusters(all, 0, found?.scale);
    expect(list.map((c) => c.timeMs)).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(list.map((c) => c.keyMs)).toEqual([0, null, 2000, null, 4000]);
    expect(list[0]?.offset).toBe(found?.length);
  });

  it("is not fooled by the id of a cluster inside a picture", () => {
    const fake = el("a3", [0x81, 0, 0, 0x80, ...id("1f43b675"), ...Array(30).fill(0x42)]);
    const all = bytes(cluster(7000, fake), cluster(8000, block(0, true)));
    expect(clusters(all, 100).map((c) => c.timeMs)).toEqual([7000, 8000]);
  });

  it("tells a decoder that a frame lasts until the next, and changes nothing else", () => {
    const entry = [
      ...el("d7", [1]),
      ...el("23e383", [0x98, 0x96, 0x80]),
      ...el("86", [0x56, 0x5f, 0x56, 0x50, 0x38]),
    ];
    const begin = bytes(
      el("1a45dfa3", [1]),
      id("18538067"),
      UNKNOWN,
      el("1549a966", [0xec, 0x80]),
      el("1654ae6b", el("ae", entry)),
    );
    const made = decoderHead(begin) as Uint8Array;
    const hex = [...made].map((b) => b.toString(16).padStart(2, "0")).join("");
    expect(hex).toContain("23e383880000000077359400");
    const standing = [...(decoderHead(begin, 3_600_000) as Uint8Array)].map((b) =>
      b.toString(16).padStart(2, "0"),
    );
    expect(standing.join("")).toContain("23e383880000034630b8a000");
    expect(hex).not.toContain("989680");
    expect(hex).toContain("565f565038");
    expect(head(bytes(made, cluster(0, block(0, true))))?.length).toBe(made.length);
    expect(decoderHead(bytes([0, 1, 2]))).toBeNull();
  });

  it("says so when the bytes are no WebM, and never reads beyond them", () => {
    expect(head(bytes([1, 2, 3]))).toBeNull();
    expect(head(new Uint8Array(0))).toBeNull();
    const all = file(3, 1);
    for (let n = 0; n < all.length; n += 7) {
      head(all.slice(0, n));
      clusters(all.slice(0, n), 0);
    }
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 0xff);
    noise.set(id("1f43b675"), 100);
    expect(Array.isArray(clusters(noise, 0))).toBe(true);
  });
});

describe("track file", () => {
  it("starts a decoder at the last key frame at or before the moment, for every moment", async () => {
    const all = file(700, 5);
    const track = new TrackFile(source(all));
    const list = clusters(all, 0);
    for (const ms of [0, 1, 999, 4999, 5000, 5400, 123_456, 350_000, 699_999, 10_000_000]) {
      const expected = list.filter((c) => c.keyMs !== null && c.keyMs <= ms).at(-1);
      expect(await track.locate(ms), `at ${ms}`).toBe(expected?.offset);
    }
    expect(await track.firstMs()).toBe(0);
  });

  it("looks far back when key frames are rare, and at the beginning when there is none before", async () => {
    const all = file(700, 10_000);
    const track = new TrackFile(source(all));
    expect(await track.locate(650_000)).toBe(clusters(all, 0)[0]?.offset);
  });

  it("reads a small part of a long file to find a place", async () => {
    const all = file(2500, 2);
    const from = source(all);
    await new TrackFile(from).locate(1_800_000);
    expect(all.length).toBeGreaterThan(4_000_000);
    expect(from.asked).toBeLessThan(all.length / 4);
  });

  it("refuses what is neither WebM nor MP4", async () => {
    await expect(new TrackFile(source(new Uint8Array(3000))).init()).rejects.toThrow();
  });
});

describe("playback", () => {
  it("leaves small differences, chases middling ones, jumps over large ones", () => {
    expect(correction(10, 1)).toEqual({ kind: "none" });
    expect(correction(-10, 1)).toEqual({ kind: "none" });
    const ahead = correction(60, 1);
    const behind = correction(-60, 2);
    expect(ahead.kind === "rate" && ahead.rate).toBeLessThan(1);
    expect(behind.kind === "rate" && behind.rate).toBeGreaterThan(2);
    expect(correction(400, 1)).toEqual({ kind: "jump" });
  });

  it("holds tracks within 100 ms when one runs 1 per cent fast", () => {
    let position = 0;
    let worst = 0;
    let rate = 1;
    for (let at = 0; at < 60_000; at += 100) {
      const step = correction(position - at, 1);
      if (step.kind === "jump") position = at;
      rate = step.kind === "rate" ? step.rate : 1;
      worst = Math.max(worst, Math.abs(position - at));
      position += 100 * rate * 1.01;
    }
    expect(worst).toBeLessThan(100);
  });

  it("tells a gap from bytes that have not come yet", () => {
    const ranges = [{ startMs: 1000, endMs: 5000 }];
    expect(standing(2000, ranges, { fromMs: 0, toMs: 5000 }, 10_000)).toBe("play");
    expect(standing(500, ranges, { fromMs: 0, toMs: 5000 }, 10_000)).toBe("blank");
    expect(standing(6000, ranges, { fromMs: 0, toMs: 5000 }, 10_000)).toBe("wait");
    expect(standing(6000, ranges, { fromMs: 0, toMs: Number.POSITIVE_INFINITY }, 10_000)).toBe("blank");
    expect(standing(10_000, ranges, { fromMs: 0, toMs: 5000 }, 10_000)).toBe("blank");
  });

  it("takes a screen for missing where a gap says so, and nowhere else", () => {
    const gaps = [
      { file: "a", from_ms: 5_000, to_ms: 9_000 },
      { file: "b", from_ms: 0, to_ms: 60_000 },
      { file: "a", from_ms: 20_000, to_ms: 20_900 },
    ];
    const missing = [4_999, 5_000, 8_999, 9_000, 20_500].map((at) => isMissing(at, "a", gaps));
    expect(missing).toEqual([false, true, true, false, false]);
  });

  it("keeps time while it runs, stands while it is held, and follows its speed", () => {
    const clock = new PlayClock();
    clock.run(1000);
    expect(clock.position(1500)).toBe(500);
    clock.setSpeed(2, 1500);
    expect(clock.position(2000)).toBe(1500);
    clock.hold(2000);
    expect(clock.position(9000)).toBe(1500);
    clock.seek(100, 9000);
    clock.run(9000);
    expect(clock.position(9100)).toBe(300);
  });
});

describe("camera layers", () => {
  it("keep the whole picture in a layer that Chromium really sends", () => {
    const hd = cameraLayers(720);
    expect(hd.map((l) => [l.rid, l.active, l.scaleResolutionDownBy])).toEqual([
      ["q", true, 4],
      ["h", true, 2],
      ["f", true, 1],
    ]);
    const small = cameraLayers(480);
    expect(small.slice(0, 2).some((l) => l.active && l.scaleResolutionDownBy === 1)).toBe(true);
    expect(small.map((l) => l.rid)).toEqual(hd.map((l) => l.rid));
    // Where one layer alone is sent, it is the first.
    const tiny = cameraLayers(180);
    expect(tiny.map((l) => [l.rid, l.active, l.scaleResolutionDownBy])).toEqual([
      ["q", true, 1],
      ["h", false, 1],
      ["f", false, 1],
    ]);
  });
});

describe("sdp", () => {
  const answer =
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 5 typ host\r\na=ice-ufrag:old\r\na=ice-pwd:oldpwd\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-ufrag:old\r\na=ice-pwd:oldpwd\r\na=end-of-candidates\r\n";
  it("takes credentials and candidates of a description into a fragment, once each", () => {
    const offer =
      "v=0\r\nm=audio 4242 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=candidate:1 2 udp 1 10.0.0.1 6 typ host\r\nm=video 9 X 96\r\na=mid:1\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n";
    expect(iceFragment(offer)).toBe(
      "a=ice-ufrag:u\r\na=ice-pwd:p\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=end-of-candidates\r\n",
    );
  });
  it("puts the server's fragment into the earlier answer", () => {
    const out = withIceFragment(
      answer,
      "a=ice-ufrag:new\r\na=ice-pwd:newpwd\r\na=candidate:9 1 udp 1 127.0.0.1 7 typ host\r\n",
    );
    expect(out?.match(/a=ice-ufrag:new/g)?.length).toBe(2);
    expect(out).not.toContain("old");
    expect(out?.match(/a=candidate:9/g)?.length).toBe(1);
    expect(out).not.toContain("a=candidate:1 ");
    expect(withIceFragment(answer, "")).toBeNull();
  });
  it("reads the seat from a stream's id", () => {
    expect(seatOfStream("seat12")).toBe(12);
    expect(seatOfStream("{seat3}")).toBe(3);
    expect(seatOfStream("seat")).toBeNull();
    expect(seatOfStream("myseat1")).toBeNull();
  });
});

describe("repair", () => {
  const offer =
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\n" +
    "a=rtcp-fb:111 transport-cc\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n";

  it("asks for lost sound and for the way's length, each once", () => {
    const out = withRepair(offer);
    for (const line of ["a=rtcp-fb:111 nack", "a=rtcp-fb:111 rrtr", "a=rtcp-fb:96 rrtr"])
      expect(out.split("\r\n").filter((l) => l === line)).toHaveLength(1);
    expect(out).not.toContain("a=rtcp-fb:63");
    expect(out).not.toContain("a=rtcp-fb:97");
    expect(withRepair(out)).toBe(out);
    expect(out.indexOf("a=rtcp-fb:111 nack")).toBeLessThan(out.indexOf("m=video"));
  });

  it("changes nothing else", () => {
    const added = /a=rtcp-fb:\d+ (nack|rrtr)\r\n/g;
    expect(withRepair(offer).replace(added, "")).toBe(offer);
    expect(withRepair("v=0\r\nm=audio 9 x 0\r\na=rtpmap:0 PCMU/8000\r\n")).not.toContain("rtcp-fb");
  });
});

describe("patience", () => {
  const at = (second: number, dropped: number, nacks: number) => ({ frames: second * 30, dropped, nacks });

  it("waits longer while frames come too late for want of repeated packets, within a bound", () => {
    const patience = new Patience();
    expect(patience.look(at(1, 0, 0), 160)).toBe(false);
    patience.look(at(2, 2, 3), 160);
    expect(patience.waitMs).toBe(390);
    patience.look(at(3, 2, 9), 160);
    expect(patience.waitMs).toBe(390);
    for (let s = 4; s < 30; s++) patience.look(at(s, 2 * s, 9 * s), 160);
    expect(patience.waitMs).toBe(WAIT_MS_MAX);
  });

  it("waits less when nothing was lost for a while, down to what the browser does by itself", () => {
    const patience = new Patience();
    patience.look(at(1, 0, 0), 160);
    patience.look(at(2, 5, 5), 160);
    for (let s = 3; s < 18; s++) expect(patience.look(at(s, 5, 5), 160)).toBe(false);
    for (let s = 18; s < 40; s++) patience.look(at(s, 5, 5), 160);
    expect(patience.waitMs).toBe(0);
  });

  it("is not moved by a busy machine, nor by another who takes the seat", () => {
    const patience = new Patience();
    patience.look(at(10, 0, 0), 160);
    patience.look(at(11, 20, 0), 160);
    patience.look(at(1, 0, 0), 160);
    patience.look({ frames: 31, dropped: 1, nacks: 1 }, 160);
    expect(patience.waitMs).toBe(0);
  });
});

describe("listening", () => {
  const looks = (listening: Listening, bytes: number[]) => bytes.map((b) => listening.look(b));

  it("takes silence after a steady flow for a broken way, once", () => {
    const listening = new Listening();
    expect(looks(listening, [1, 2, 3, 4, 5, 5, 5, 6])).not.toContain(true);
    expect(looks(listening, [6, 6, 6, 6, 6])).toEqual([false, false, true, false, false]);
  });

  it("makes nothing of a connection on which little comes", () => {
    expect(looks(new Listening(), [1, 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4])).not.toContain(true);
  });
});
