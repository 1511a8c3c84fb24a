import { describe, expect, it } from "vitest";
import { type Known, packsLayers, toReceive, toSend } from "../src/core/codecs";

const codec = (mimeType: string, sdpFmtpLine?: string): Known =>
  sdpFmtpLine === undefined ? { mimeType } : { mimeType, sdpFmtpLine };
const vp8 = codec("video/VP8");
const rtx = codec("video/rtx");
const vp9 = codec("video/VP9", "profile-id=0");
const h264 = codec("video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
const CHROMIUM = [
  vp8,
  rtx,
  codec("video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"),
  codec("video/H264", "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f"),
  h264,
  codec("video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"),
  codec("video/AV1", "level-idx=5;profile=0;tier=0"),
  codec("video/VP9", "profile-id=2"),
  vp9,
  codec("video/red"),
  codec("video/ulpfec"),
];

describe("codecs", () => {
  it("receives what the server may send, VP8 first, each once", () => {
    expect(toReceive(CHROMIUM)).toEqual([vp8, vp9, h264, rtx]);
    const firefox = codec("video/VP9", "max-fs=12288;max-fr=60");
    expect(toReceive([vp8, firefox, rtx])).toEqual([vp8, firefox, rtx]);
    expect(toReceive([codec("video/AV1"), rtx])).toEqual([]);
  });

  it("sends VP8, and something else only where there is none", () => {
    expect(toSend(CHROMIUM)).toEqual([vp8, rtx]);
    expect(toSend(CHROMIUM.filter((c) => c !== vp8))).toEqual([vp9, h264, rtx]);
    expect(packsLayers(toSend(CHROMIUM))).toBe(false);
    expect(packsLayers(toSend([vp9, rtx]))).toBe(true);
    expect(packsLayers(toSend([h264]))).toBe(false);
    expect(packsLayers([])).toBe(false);
  });
});
