// The pictures of docs/screenshots: a real hearing of four drawn people, from the link to the sealed recording.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { seat } from "./cast.mjs";
import { until } from "./checks.mjs";
import { portraitDevices } from "./portraits.mjs";
import { api, startServer } from "./server.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const TARGET = join(ROOT, "docs/screenshots");
const CAST = ["judge", "clerk", "witness", "defence_counsel"];
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const LAPTOP = { viewport: { width: 1366, height: 768 } };
const CONTEXTS = { defence_counsel: PHONE, judge: LAPTOP };
// The pages say whom to call when the court has configured it.
process.env.OYER_COURT_NAME = "Tashkent City Criminal Court";
process.env.OYER_COURT_TELEPHONE = "+998 71 200 00 00";
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const require = createRequire(join(ROOT, "web-client/package.json"));
const { chromium } = require("playwright-core");

/** The fake devices are named after files of this computer; the pictures show names as people know them. */
function nameDevices() {
  const devices = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
  const names = { audioinput: "Built-in microphone", videoinput: "Built-in camera", audiooutput: "Built-in speakers" };
  navigator.mediaDevices.enumerateDevices = async () =>
    (await devices()).map(({ deviceId, groupId, kind }) => ({ deviceId, groupId, kind, label: names[kind] }));
}

async function shoot(person, name, options = {}) {
  await person.page.evaluate(() => document.fonts.ready);
  await person.page.screenshot({ path: join(TARGET, `${name}.png`), ...options });
  console.log(`docs/screenshots/${name}.png`);
}

async function checked(person, server, shots) {
  await person.page.goto(server.link(person.role));
  await person.shows("join-continue");
  if (shots) await shoot(person, `link${shots}`);
  await person.press("join-continue");
  await until(
    `${person.role}: the equipment check`,
    () => person.at("check-verdict").first().getAttribute("data-ok"),
    (ok) => ok === "true",
    30_000,
  );
  await pause(1_000);
  if (shots) await shoot(person, `check${shots}`);
  await person.press("check-continue");
}

async function hold(server, people) {
  const { judge, clerk, witness, defence_counsel: counsel } = people;
  const id = server.id;
  await checked(witness, server, "-desktop");
  await witness.shows("waiting-status");
  await checked(counsel, server, "-phone");
  await checked(judge, server);
  await checked(clerk, server);
  await judge.shows("bench");
  if (await judge.at("open").count()) await judge.press("open");
  await pause(500);
  await shoot(witness, "waiting-room-desktop");
  await shoot(counsel, "waiting-room-phone");
  for (const role of ["judge", "clerk"]) {
    if (await judge.at(`admit-${id(role)}`).count()) await judge.press(`admit-${id(role)}`);
  }
  await judge.press("begin");
  await judge.press(`admit-${id("defence_counsel")}`);
  await counsel.shows("tile");
  await judge.press("on-record");
  await judge.press(`call-${id("witness")}`);
  await witness.shows("tile");
  if (await judge.at(`identify-${id("witness")}`).count()) await judge.press(`identify-${id("witness")}`);
  await judge.press(`swear-${id("witness")}`);
  await judge.shows(`release-${id("witness")}`);
  await counsel.press("raise-hand");
  await until(
    "three pictures at the witness",
    () => witness.page.evaluate(() => [...document.querySelectorAll('[data-testid="tile"] video')].filter((v) => v.videoWidth).length),
    (count) => count === 3,
  );
  await pause(4_000);
  await shoot(witness, "hearing-desktop");
  await shoot(counsel, "hearing-phone");
  await shoot(judge, "bench");
  await pause(4_000);
  await judge.page.locator('details:has([data-testid="close"]) > summary').click();
  await judge.press("close");
  await judge.press("confirm");
  await judge.shows("ended");
  await judge.shows("recording-link");
  await shoot(judge, "closed");
}

async function evidence(server, clerk) {
  const { case_id, hearing_id } = server.demo;
  const session = api(server.base, await clerk.session());
  const { evidence } = await until(
    "the recording is attached",
    () => session.get(`/cases/${case_id}`),
    ({ evidence }) => evidence.some((e) => e.hearing === hearing_id && e.state === "attached"),
    30_000,
  );
  await clerk.page.goto(`${server.base}/case/${case_id}`);
  await clerk.shows("evidence-row");
  await shoot(clerk, "case", { fullPage: true });
  await clerk.page.locator("summary", { hasText: "People and links" }).click();
  await clerk.shows("invitation");
  await clerk.page.setViewportSize({ width: 1280, height: 900 });
  await clerk.page.locator("summary", { hasText: "People and links" }).evaluate((e) => e.scrollIntoView());
  await shoot(clerk, "links");
  const { recording } = evidence.find((e) => e.hearing === hearing_id);
  await clerk.page.goto(`${server.base}/recording/${recording}`);
  await clerk.press("recording-verify");
  await until(
    "the verification",
    () => clerk.at("verify-result").first().getAttribute("data-ok"),
    (ok) => ok === "true",
    30_000,
  );
  await clerk.press("player-play");
  await pause(2_500);
  await clerk.page.setViewportSize({ width: 1280, height: 1150 });
  await clerk.page.evaluate(() => scrollTo(0, 0));
  await pause(300);
  await shoot(clerk, "recording");
  // What is folded, unfolded: the seal and its checks, who spoke, the log, the gaps, the chain of custody.
  await clerk.page.evaluate(() => {
    for (const details of document.querySelectorAll("main details")) details.open = true;
  });
  await pause(500);
  await shoot(clerk, "recording-unfolded", { fullPage: true });
}

mkdirSync(TARGET, { recursive: true });
const server = await startServer();
const people = {};
let status = 0;
try {
  const painter = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const role of CAST) {
    const devices = await portraitDevices(role, server.folder, painter);
    const context = { timezoneId: "Asia/Tashkent", ...CONTEXTS[role] };
    people[role] = await seat(role, server.folder, { devices, context });
    await people[role].context.addInitScript(nameDevices);
  }
  await painter.close();
  await hold(server, people);
  await evidence(server, people.clerk);
} catch (error) {
  console.error(error);
  for (const [role, person] of Object.entries(people)) {
    console.error(role, person.page.url(), person.problems.join(" | "));
    await person.page.screenshot({ path: join(server.folder, `failed-${role}.png`) }).catch(() => {});
  }
  status = 1;
} finally {
  for (const person of Object.values(people)) await person.close();
  await server.stop();
}
process.exit(status);
