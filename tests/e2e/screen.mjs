// A real Chromium shares a canvas on which nothing changes: nothing more is sent than the first pictures of it. It is
// recorded all the same, every page says so, and what was recorded stands in the player.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seat } from "./cast.mjs";
import { assert, check, conclude, need, until } from "./checks.mjs";
import * as outside from "./outside.mjs";
import { startServer } from "./server.mjs";
import { arrives, begins, closes, fetchBundle, recordIs } from "./steps.mjs";

/** The document: of this colour, and then of another. */
const PAGES = { first: [200, 120, 20], second: [20, 140, 160] };
const COLOUR_TOLERANCE = 40;
/** How long the first page stands, and then the second. */
const STANDS_MS = [9_000, 4_000];
/** A screen that has begun is confirmed within this time, and the pages are told. */
const BEGINS_MS = 3_000;
const SECONDS_TOLERANCE = 0.2;

/** Runs in the page: a screen to share that is a canvas, drawn when it is told to. */
const canvasForScreen = `{
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 640, height: 360 });
  const context = canvas.getContext("2d");
  window.__turnTo = ([r, g, b]) => {
    context.fillStyle = "rgb(" + r + "," + g + "," + b + ")";
    context.fillRect(0, 0, 640, 360);
  };
  window.__turnTo([${PAGES.first}]);
  if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => {
    const stream = canvas.captureStream();
    window.__turnTo([${PAGES.first}]);
    return stream;
  };
}`;

const near = (a, b) => a?.every((c, i) => Math.abs(c - b[i]) <= COLOUR_TOLERANCE);

/** For so long the page says that all is recorded, once it has had time to begin. */
async function recordedFor(person, forMs) {
  const began = Date.now();
  while (Date.now() - began < forMs) {
    const status = await person.at("recording-status").first().getAttribute("data-status");
    const after = Date.now() - began;
    assert(status === "recording" || (status === "starting" && after < BEGINS_MS), `${status} after ${after} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Pictures that this browser has sent of its screen. */
const screenFrames = (person) =>
  person.page.evaluate(async () => {
    const lines = [];
    for (const connection of window.__connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === "outbound-rtp" && stat.contentType === "screenshare") lines.push(stat.framesSent);
      }
    }
    return lines.at(-1) ?? 0;
  });

/** When the page was turned, by this test's own clock. */
let turnedAt = 0;

async function hold(server, judge) {
  await arrives(judge, server);
  await begins(judge, server);
  await need("on the record", async () => {
    await judge.press("on-record");
    await recordIs(judge, "recording");
  });
  await need("the judge shares a document", async () => {
    await judge.press("screen-toggle");
    // A canvas, unlike a screen, gives its picture once, and perhaps before anybody takes it: it is drawn until it is sent.
    const sent = async () => {
      const frames = await screenFrames(judge);
      if (frames === 0) await judge.page.evaluate((colour) => window.__turnTo(colour), PAGES.first);
      return frames;
    };
    await until("pictures of it are sent", sent, (frames) => frames > 0);
  });
  await check("while it stands the page says that all is recorded", () => recordedFor(judge, STANDS_MS[0]));
  console.log(`pictures of the document sent: ${await screenFrames(judge)}`);
  turnedAt = Date.now();
  await judge.page.evaluate((colour) => window.__turnTo(colour), PAGES.second);
  await check("and so it does when a page is turned", () => recordedFor(judge, STANDS_MS[1]));
  return closes(judge, [judge]);
}

/** Colour of the picture that is shown of the screen in the player. */
const shownIn = (person) =>
  person.page.evaluate(() => {
    const stage = [...document.querySelectorAll('[data-testid="stage"]')].find((s) => s.dataset.standing !== undefined);
    const video = stage?.querySelector("video:not(.picture--behind)");
    if (!video?.videoWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });

async function examine(server, judge, session) {
  const { seal, bundle, sealed, segments, file } = await fetchBundle(server, session);
  const screens = seal.tracks.filter((t) => t.source === "screen");
  await need("one file of the screen", () => assert(screens.length === 1, JSON.stringify(screens)));
  const [track] = screens;
  const [segment] = segments.values();
  const gaps = outside.gaps(bundle, sealed.recording).filter((g) => g.source === "screen");
  await check("nothing of it is missing after it began", () => {
    const late = gaps.filter((g) => !["not_started", "late_key_frame"].includes(g.cause));
    assert(late.length === 0, JSON.stringify(late));
  });
  await check("its file is as long as the record, and decodes", () => {
    outside.decodes(file(track));
    const end = outside.endSeconds(file(track));
    assert(Math.abs(end - segment.seconds) <= SECONDS_TOLERANCE, `${end} of ${segment.seconds} s`);
    assert(Math.abs(Number(track.duration_ms) / 1000 - segment.seconds) <= SECONDS_TOLERANCE, track.duration_ms);
  });
  await check("it stands in the player, page after page", async () => {
    await judge.page.goto(`${server.base}/recording/${sealed.recording}`);
    await judge.shows("player");
    const at = async (ms, colour) => {
      await judge.page.locator("#position").fill(String(ms));
      await until(`the page at ${ms} ms`, () => shownIn(judge), (seen) => near(seen, colour), 20_000);
    };
    const turned = turnedAt - segment.began;
    const [first, second] = [turned - 1_500, turned + 1_500];
    await at(Math.round(first / 100) * 100, PAGES.first);
    await at(Math.round(second / 100) * 100, PAGES.second);
    await at(Math.round((first - 3_000) / 100) * 100, PAGES.first);
  });
  await check("the player compared what it showed with the seal, and says so", async () => {
    const lines = readFileSync(join(bundle, "data", sealed.recording, "fragments.tsv"), "utf8").trimEnd().split("\n");
    const count = judge.page.locator('[data-testid="sealed"][data-state="same"] [data-testid="sealed-count"]');
    const { same, total } = await count.evaluate((e) => ({ ...e.dataset }));
    assert(Number(total) === lines.length - 1, `${total} of ${lines.length - 1} pieces`);
    assert(Number(same) >= screens.length && Number(same) <= Number(total), `${same} of ${total}`);
  });
}

const server = await startServer();
let judge;
try {
  judge = await seat("judge", server.folder, { scripts: [canvasForScreen] });
  const session = await hold(server, judge);
  await examine(server, judge, session);
  await check("no errors in the browser", () => assert(judge.problems.length === 0, judge.problems.join("\n")));
} finally {
  await judge?.close();
  await server.stop();
}
process.exit(conclude());
