// People in front of headless Chromiums, with fake cameras and microphones that can be told apart.

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { openFirefox } from "./bidi.mjs";

const require = createRequire(resolve(import.meta.dirname, "../../web-client/package.json"));
const { chromium } = require("playwright-core");
const VIEWPORT = { width: 1280, height: 800 };
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Colour of the picture and pitch of the sound, by role. */
export const LOOKS = {
  judge: { rgb: [20, 60, 170], hz: 440 },
  clerk: { rgb: [20, 120, 40], hz: 620 },
  witness: { rgb: [170, 30, 30], hz: 800 },
  defence_counsel: { rgb: [130, 30, 150], hz: 1040 },
};

/** How far a colour may drift through camera, encoder and screen, in each channel. */
const COLOUR_TOLERANCE = 40;
/** How far a pitch may be off: a step of the analyser, and a bit. */
const PITCH_TOLERANCE_HZ = 40;

/** The page ends a media session that the server ended a moment before: Chromium logs every 404 as an error. */
const ENDED_ALREADY = /404 \(Not Found\) \S+\/(whip|whep)\/[0-9a-f-]{36}$/;

const hex = (rgb) => rgb.map((c) => c.toString(16).padStart(2, "0")).join("");

/** Width and height of a camera's picture: large enough for three layers. */
const SIZE = [640, 360];

/** A picture with a moving bar and a sound in pulses (a steady tone would be taken for noise and removed). */
function makeDevices(role, folder, [width, height]) {
  const { rgb, hz } = LOOKS[role];
  const [picture, sound] = [join(folder, `${role}.y4m`), join(folder, `${role}.wav`)];
  const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args]);
  ffmpeg(
    "-f", "lavfi", "-i", `color=c=0x${hex(rgb)}:s=${width}x${height}:r=12:d=4`,
    "-f", "lavfi", "-i", `color=c=white:s=${width / 16}x${height / 6}:r=12:d=4`,
    "-filter_complex", "[0][1]overlay=x='mod(t*W/4,W-w)':y=H/18,format=yuv420p",
    picture,
  );
  ffmpeg(
    "-f", "lavfi", "-i", `aevalsrc='0.6*sin(2*PI*${hz}*t)*lt(mod(t,0.5),0.3)':s=48000:d=4`,
    "-ac", "1", sound,
  );
  return { picture, sound };
}

/** Runs in every page before its own code: keeps the connections and what arrives on them, to look at. */
function watchConnections() {
  window.__connections = [];
  window.__arrived = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      window.__connections.push(this);
      this.addEventListener("track", (event) => {
        window.__arrived.push({ track: event.track, seat: event.streams[0]?.id ?? "" });
      });
    }
  };
}

/**
 * Runs in every page too: notes when the browser itself sends nothing, so that a gap of the record can be told from a gap
 * of the sender. While this timer is late, what was sent meanwhile counts. Keeps as well how many packets of sound, and how
 * many pictures of the largest layer, had been sent by when, and by how much the browser was then behind itself.
 */
function watchPauses() {
  window.__pauses = [];
  window.__sent = [];
  const [LOOK_MS, PAUSE_MS] = [100, 150];
  // Of 50 packets of sound and 12 pictures a second.
  const SENT_EVERY_MS = { audio: 80, video: 200 };
  const last = {};
  let expected = Date.now();
  const look = async () => {
    const sent = { audio: 0, video: 0 };
    const largest = { width: 0, frames: 0 };
    const at = Date.now();
    for (const connection of window.__connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type !== "outbound-rtp") continue;
        sent[stat.kind] += (stat.kind === "video" ? stat.framesSent : stat.packetsSent) ?? 0;
        if (stat.frameWidth > largest.width) Object.assign(largest, { width: stat.frameWidth, frames: stat.framesSent });
      }
    }
    window.__sent.push({ at, packets: sent.audio, frames: largest.frames, late: Date.now() - expected });
    for (const kind of ["audio", "video"]) {
      const before = last[kind];
      if (before?.sent === sent[kind]) continue;
      if (before?.sent > 0 && at - before.at > PAUSE_MS && sent[kind] - before.sent < (at - before.at) / SENT_EVERY_MS[kind]) {
        window.__pauses.push({ kind, from: before.at, to: at });
      }
      last[kind] = { sent: sent[kind], at };
    }
    expected = Date.now() + LOOK_MS;
    setTimeout(look, LOOK_MS);
  };
  window.__pausesNow = () =>
    [...window.__pauses, ...Object.entries(last).flatMap(([kind, { sent, at }]) =>
      sent > 0 && Date.now() - at > PAUSE_MS ? [{ kind, from: at, to: Date.now() }] : [])];
  look();
}

/** Runs in a page of Firefox: its made-up camera is as large as one asks for. */
function smallCamera() {
  // A page that is not safe to capture in has no devices.
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (!open) return;
  navigator.mediaDevices.getUserMedia = ({ video, ...rest }) =>
    open({ ...rest, ...(video ? { video: { ...video, width: 320, height: 180, frameRate: 12 } } : {}) });
}

export class Person {
  constructor(role, browser, context, page) {
    Object.assign(this, { role, browser, context, page, problems: [], pauses: [], sent: [] });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      const said = `${message.text()} ${message.location().url}`;
      if (message.type() === "error" && !ENDED_ALREADY.test(said)) this.problems.push(said);
    });
    page.on("request", (request) => this.#outside(request.url()));
  }

  #outside(url) {
    const { protocol, hostname } = new URL(url);
    if (["http:", "https:", "ws:", "wss:"].includes(protocol) && hostname !== "127.0.0.1") {
      this.problems.push(`a request to another host: ${url}`);
    }
  }

  at(testid) {
    return this.page.locator(`[data-testid="${testid}"]`);
  }

  async press(testid) {
    // Acts pass over the echo of the press before.
    await this.page.waitForFunction(() => document.documentElement.dataset.pressed === undefined);
    return this.at(testid).first().click({ timeout: 15_000 });
  }

  shows(testid) {
    return this.at(testid).first().waitFor({ state: "visible", timeout: 20_000 });
  }

  async close() {
    await this.browser.close();
  }

  /** Keeps what the page noted of its own pauses: it is gone with the page. */
  async keepPauses() {
    this.pauses.push(...(await this.page.evaluate(() => window.__pausesNow())));
  }

  /** Keeps what the page noted of what it sent. */
  async keepSent() {
    this.sent.push(...(await this.page.evaluate(() => window.__sent)));
  }

  /** The session's secret, as the page keeps it. */
  async session() {
    return this.page.evaluate(() => JSON.parse(sessionStorage.getItem("oyer.session")).session);
  }

  /** RTP packets received so far, on all connections. */
  async packetsReceived() {
    return this.page.evaluate(async () => {
      let packets = 0;
      for (const connection of window.__connections) {
        for (const stat of (await connection.getStats()).values()) {
          if (stat.type === "inbound-rtp") packets += stat.packetsReceived;
        }
      }
      return packets;
    });
  }

  /** What the browser counts of the picture and the sound of whoever sits in that role's tile, and the picture's codec. */
  async received(role) {
    return this.page.evaluate(async (role) => {
      const shown = document.querySelector(`[data-testid="tile"][data-role="${role}"] video`)?.srcObject?.getVideoTracks()[0];
      const seat = window.__arrived.findLast((a) => a.track.id === shown?.id)?.seat;
      const sound = window.__arrived.findLast((a) => a.seat === seat && a.track.kind === "audio")?.track;
      const counts = { frames: 0, keyFrames: 0, energy: 0, codec: null };
      for (const connection of window.__connections) {
        const stats = await connection.getStats();
        for (const stat of stats.values()) {
          if (stat.type !== "inbound-rtp") continue;
          if (stat.trackIdentifier === shown?.id) {
            counts.frames += stat.framesDecoded ?? 0;
            counts.keyFrames += stat.keyFramesDecoded ?? 0;
            counts.codec = stats.get(stat.codecId)?.mimeType ?? null;
          } else if (stat.trackIdentifier === sound?.id) counts.energy += stat.totalAudioEnergy ?? 0;
        }
      }
      return counts;
    }, role);
  }

  /** Everybody whose tile is shown: colour of the picture as the screen has it, and the pitch that is heard. */
  async witnessed() {
    const tiles = await this.page.evaluate(async () => {
      const pause = (ms) => new Promise((done) => setTimeout(done, ms));
      window.__ears ??= new AudioContext();
      await window.__ears.resume();
      const colourOf = (video) => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 1;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        const { videoWidth: w, videoHeight: h } = video;
        if (!w || !h) return null;
        // The lower middle: the bar moves along the top.
        context.drawImage(video, w * 0.3, h * 0.6, w * 0.4, h * 0.3, 0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      /** The strongest pitch in the loudest moment of a second. */
      const pitchOf = async (track) => {
        const analyser = window.__ears.createAnalyser();
        analyser.fftSize = 4096;
        analyser.smoothingTimeConstant = 0;
        const source = window.__ears.createMediaStreamSource(new MediaStream([track]));
        source.connect(analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        let best = { level: -Infinity, hz: 0 };
        for (let look = 0; look < 12; look++) {
          await pause(90);
          analyser.getFloatFrequencyData(bins);
          bins.forEach((level, bin) => {
            if (level > best.level) best = { level, hz: (bin * window.__ears.sampleRate) / analyser.fftSize };
          });
        }
        source.disconnect();
        return best.level > -60 ? Math.round(best.hz) : null;
      };
      const tiles = [...document.querySelectorAll('[data-testid="tile"]')];
      return Promise.all(
        tiles.map(async (tile) => {
          const video = tile.querySelector("video");
          const shown = video?.srcObject?.getVideoTracks()[0];
          const seat = window.__arrived.findLast((a) => a.track.id === shown?.id)?.seat;
          const sound = window.__arrived.findLast((a) => a.seat === seat && a.track.kind === "audio");
          return {
            participant: tile.dataset.participant,
            role: tile.dataset.role,
            colour: video ? colourOf(video) : null,
            hz: seat && sound ? await pitchOf(sound.track) : null,
          };
        }),
      );
    });
    return tiles.map((tile) => ({ ...tile, seen: lookByColour(tile.colour), heard: lookByPitch(tile.hz) }));
  }
}

function lookByColour(colour) {
  if (!colour) return null;
  const near = ([, look]) => look.rgb.every((c, i) => Math.abs(c - colour[i]) <= COLOUR_TOLERANCE);
  return Object.entries(LOOKS).find(near)?.[0] ?? null;
}

function lookByPitch(hz) {
  if (!hz) return null;
  return Object.entries(LOOKS).find(([, look]) => Math.abs(look.hz - hz) <= PITCH_TOLERANCE_HZ)?.[0] ?? null;
}

/**
 * Opens a Chromium of one's own, with one's own camera and microphone. `options.scripts` run in each page before its own code;
 * `options.size` is that of the camera's picture.
 */
export async function seat(role, folder, options = {}) {
  const { picture, sound } = options.devices ?? makeDevices(role, folder, options.size ?? SIZE);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
      "--autoplay-policy=no-user-gesture-required",
      `--use-file-for-fake-video-capture=${picture}`, `--use-file-for-fake-audio-capture=${sound}`,
    ],
  });
  const context = await browser.newContext({
    viewport: VIEWPORT,
    locale: "en-GB",
    permissions: ["camera", "microphone"],
    ...options.context,
  });
  await context.addInitScript(watchConnections);
  await context.addInitScript(watchPauses);
  for (const script of options.scripts ?? []) await context.addInitScript(script);
  return new Person(role, browser, context, await context.newPage());
}

/** Pitch of the sound that Firefox makes up for a microphone. */
export const FIREFOX_HZ = 1240;

/**
 * A Firefox of one's own. Its camera and microphone are its own as well: a picture whose colour changes, and a tone.
 * `env` leads to a loudspeaker: without one it lets no sound be measured.
 */
export async function seatInFirefox(role, env) {
  const { page, close } = await openFirefox({
    env,
    prefs: {
      "intl.locale.requested": "en-GB",
      "media.autoplay.default": 0,
      "media.navigator.audio.fake_frequency": FIREFOX_HZ,
      "media.navigator.permission.disabled": true,
      "media.navigator.streams.fake": true,
      "media.peerconnection.ice.loopback": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
    },
    scripts: [watchConnections, watchPauses, smallCamera],
    viewport: VIEWPORT,
  });
  return new Person(role, { close }, null, page);
}
