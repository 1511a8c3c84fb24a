// Testimony recorded in advance, in real browsers: a judge takes it step by step, counsel objects, it is sealed. At a later
// hearing of the case the judge plays it: judge and counsel see and hear the same moment, also who comes late; the witness
// who waits outside is given nothing. The court log of both hearings and the chain of custody tell it.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LOOKS, seat } from "./cast.mjs";
import { assert, check, conclude, need, until } from "./checks.mjs";
import * as outside from "./outside.mjs";
import { api, redeem, startServer } from "./server.mjs";
import { arrives, begins, recordIs } from "./steps.mjs";

const CAST = ["judge", "witness", "defence_counsel"];
const SIZE = [320, 180];
/** Everybody sees the same moment: no page is further than this from any other. */
const APART_MS = 500;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A hearing of the case at which testimony is recorded, with links for the cast. */
async function listTestimony(server) {
  const clerk = await redeem(server, "clerk");
  const hearing = await clerk.api.post(`/cases/${server.demo.case_id}/hearings`, {
    title: "Testimony of the witness",
    listed_for: Date.now(),
    kind: "testimony",
  });
  const people = {};
  for (const role of CAST) {
    const { id } = await clerk.api.post(`/hearings/${hearing.id}/participants`, { name: `The ${role}`, role });
    const { link } = await clerk.api.post(`/participants/${id}/invitations`, { valid_seconds: 3600 });
    people[role] = { id, link };
  }
  return { hearing: hearing.id, clerk, link: (role) => people[role].link, id: (role) => people[role].id };
}

/** The judge's page says that the step was taken. */
const taken = (judge, step) =>
  until(
    `${step} is taken`,
    () => judge.at(`step-${step}`).first().getAttribute("data-state"),
    (state) => state === "done",
  );

async function take(judge, step, press, fill) {
  await need(`the judge takes the step: ${step}`, async () => {
    if (fill) await judge.page.locator(fill[0]).fill(fill[1]);
    for (const testid of press) await judge.press(testid);
    await taken(judge, step);
  });
}

async function capture(session, people) {
  const { judge, witness, defence_counsel: counsel } = people;
  for (const person of Object.values(people)) await arrives(person, session);
  await begins(judge, session);
  await need("counsel is admitted", async () => {
    await judge.press(`admit-${session.id("defence_counsel")}`);
    await counsel.shows("capture-now");
  });
  await check("off the record no step can be taken", async () => {
    await judge.page.locator("#capture-place").fill("Courtroom 4");
    assert((await judge.at("capture-enter").count()) === 0, "the opening can be entered");
  });
  await judge.press("on-record");
  await recordIs(judge, "recording");
  await take(judge, "opening", ["capture-enter"], ["#capture-place", "Courtroom 4"]);
  await take(judge, "call", ["capture-enter"]);
  await check("the witness reads what happens, and the clock runs for all", async () => {
    await witness.shows("capture-now-text");
    const clocks = await Promise.all(
      Object.values(people).map((p) => p.at("capture-elapsed").first().textContent()),
    );
    assert(clocks.every((text) => /on record for 0:\d\d/.test(text)), clocks.join(" | "));
  });
  await recordIs(witness, "recording");
  await take(judge, "present", ["capture-enter"]);
  await take(judge, "witness-room", ["capture-enter"], ["#capture-witness-room-field", "nobody"]);
  await take(judge, "identity", ["capture-enter"]);
  await take(judge, "oath", ["capture-affirm"]);
  await need("the questions begin", async () => {
    await judge.press("examine-begin");
    await judge.shows("examine-end");
  });
  await need("counsel objects by one press, and the judge rules", async () => {
    await counsel.press("object");
    await judge.press("rule-overruled");
    await until(
      "counsel reads the ruling",
      () => counsel.at("objection-state").textContent(),
      (text) => text.includes("overruled"),
    );
  });
  await check("it cannot be closed while steps are open", async () => {
    const { status } = await closes(judge, session);
    assert(status === 409, `status ${status}`);
  });
  await take(judge, "examination", ["examine-end"]);
  await take(judge, "closing", ["capture-enter"], ["#capture-closing-field", "the registry"]);
  await take(judge, "release", ["capture-enter"]);
  await need("the judge closes the testimony", async () => {
    await judge.page.locator('details:has([data-testid="close"]) > summary').click();
    await judge.press("close");
    await judge.press("confirm");
    await judge.shows("ended");
  });
}

async function closes(judge, session) {
  const token = await judge.session();
  return judge.page.evaluate(
    async ([hearing, token]) => {
      const answer = await fetch(`/api/v1/hearings/${hearing}/acts`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ act: "close" }),
      });
      return { status: answer.status };
    },
    [session.hearing, token],
  );
}

/** What each page plays at this moment: media time less the time of day, which are the same for pages in step. */
async function moments(pages) {
  const one = (person) =>
    person.page.evaluate(() =>
      [...document.querySelectorAll("[data-testid=together] video, [data-testid=together] audio")]
        .filter((e) => e.dataset.standing === "play" && !e.paused)
        .map((e) => e.currentTime * 1000 - (performance.timeOrigin + performance.now())),
    );
  return (await Promise.all(pages.map(one))).flat();
}

async function inStep(pages, looks = 15) {
  let worst = 0;
  for (let i = 0; i < looks; i++) {
    const all = await moments(pages);
    assert(all.length >= 2 * pages.length, `${all.length} tracks play on ${pages.length} pages`);
    worst = Math.max(worst, Math.max(...all) - Math.min(...all));
    await pause(100);
  }
  assert(worst <= APART_MS, `${Math.round(worst)} ms apart`);
  return Math.round(worst);
}

const follows = (person) =>
  until(
    `${person.role} follows`,
    () => person.at("together-state").first().getAttribute("data-state"),
    (state) => state === "following",
    30_000,
  );

/** Seen on the page, in the middle of a picture of the recording: whose camera it is. */
const pictured = (person) =>
  person.page.evaluate(() =>
    [...document.querySelectorAll("[data-testid=together] video[data-standing=play]")].map((video) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 1;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      const { videoWidth: w, videoHeight: h } = video;
      context.drawImage(video, w * 0.3, h * 0.6, w * 0.4, h * 0.3, 0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }),
  );

async function play(server, people, recording) {
  const { judge, witness, defence_counsel: counsel } = people;
  for (const person of Object.values(people)) await arrives(person, server);
  await begins(judge, server);
  await judge.press("on-record");
  await recordIs(judge, "recording");
  await need("counsel is admitted", async () => {
    await judge.press(`admit-${server.id("defence_counsel")}`);
    await counsel.shows("tile");
  });
  await witness.shows("waiting-status");
  await need("the judge chooses the sealed testimony and shows it", async () => {
    await judge.at("show-testimony").click();
    await judge.press("show-now");
    for (const person of [judge, counsel]) await follows(person);
  });
  await check("nobody is said not to see it", () =>
    until(
      "the judge's list",
      () => judge.at("show-unseen").getAttribute("data-count"),
      (count) => count === "0",
    ),
  );
  await need("it plays for both", async () => {
    await judge.press("show-play");
    for (const person of [judge, counsel]) await until(
      `${person.role} plays`,
      () => moments([person]),
      (all) => all.length >= 2,
    );
    for (const person of [judge, counsel]) await follows(person);
  });
  await check("judge and counsel see and hear the same moment", async () => {
    await pause(3_000);
    console.log(`        ${await inStep([judge, counsel])} ms apart at most`);
  });
  await check("what counsel sees is the witness, as sealed", async () => {
    const { rgb } = LOOKS.witness;
    await until(
      "the witness's colour",
      () => pictured(counsel),
      (all) => all.some((c) => c.every((x, i) => Math.abs(x - rgb[i]) <= 40)),
    );
    await until(
      "the comparison with the seal",
      () => counsel.at("together-seal").getAttribute("data-state"),
      (state) => state === "same",
    );
  });
  await check("the witness outside is shown nothing, and no door gives it", async () => {
    assert((await witness.at("together").count()) === 0, "it is shown");
    const token = await witness.session();
    const status = await witness.page.evaluate(
      async ([hearing, token, recording]) => {
        const headers = { authorization: `Bearer ${token}` };
        const asked = await fetch(`/api/v1/hearings/${hearing}/playback`, { headers });
        const ticket = await fetch(`/api/v1/recordings/${recording}/tickets`, { method: "POST", headers });
        return [asked.status, ticket.status];
      },
      [server.demo.hearing_id, token, recording],
    );
    assert(status[0] === 404 && status[1] === 403, status.join(" "));
    // The browser logs what it was refused here.
    witness.problems.length = 0;
  });
  await check("whoever comes late lands at the moment of all others", async () => {
    await counsel.page.reload();
    await counsel.shows("together");
    await follows(counsel);
    await until("counsel plays", () => moments([counsel]), (all) => all.length >= 2);
    await pause(2_000);
    console.log(`        ${await inStep([judge, counsel])} ms apart at most`);
  });
  await need("back to the beginning, then it stands for both", async () => {
    await judge.press("show-back");
    await pause(1_500);
    await judge.press("show-pause");
    await judge.shows("show-play");
    const at = (p) => p.at("together-playing").getAttribute("data-at");
    await until("both stand at one place", async () => [await at(judge), await at(counsel)], ([a, b]) => Math.abs(a - b) <= 1);
  });
  await need("it is put away", async () => {
    await judge.press("show-put-away");
    await counsel.at("together").waitFor({ state: "detached" });
  });
  const token = await judge.session();
  await need("the judge closes the hearing", async () => {
    await judge.page.locator('details:has([data-testid="close"]) > summary').click();
    await judge.press("close");
    await judge.press("confirm");
    await judge.shows("ended");
  });
  return api(server.base, token);
}

/** The sealed recording of a hearing, once it is attached, unpacked. */
async function sealedOf(server, who, hearing) {
  const { evidence } = await until(
    "the recording is attached to the case",
    () => who.get(`/cases/${server.demo.case_id}`),
    ({ evidence }) => evidence.some((e) => e.hearing === hearing && e.state === "attached"),
    30_000,
  );
  const { recording } = evidence.find((e) => e.hearing === hearing);
  const { base } = await who.post(`/recordings/${recording}/tickets`);
  const folder = join(server.folder, recording);
  mkdirSync(folder);
  writeFileSync(join(folder, "bundle.tar"), await who.download(`${base}/bundle.tar`));
  outside.untar(join(folder, "bundle.tar"), folder);
  const path = readdirSync(folder, { recursive: true }).find((file) => basename(file) === "court-log.jsonl");
  const lines = readFileSync(join(folder, path), "utf8").trim().split("\n");
  return { recording, log: lines.map((line) => JSON.parse(line)) };
}

const server = await startServer();
const people = {};
try {
  const session = await listTestimony(server);
  for (const role of CAST) people[role] = await seat(role, server.folder, { size: SIZE });
  await capture(session, people);
  const testimony = await sealedOf(server, session.clerk.api, session.hearing);
  await check("the sealed record tells every step, the objection and its ruling, at their times", () => {
    const kinds = testimony.log.map((e) => e.kind);
    for (const kind of [
      "opening_stated", "witness_of_prosecution", "called", "present_stated", "witness_room_stated", "identified", "affirmed",
      "examination_began", "objection", "objection_overruled", "examination_ended", "closing_stated", "released",
      "testimony_complete",
    ]) {
      const entry = testimony.log.find((e) => e.kind === kind);
      assert(entry, `${kind} is not in ${kinds.join(" ")}`);
      assert(entry.segment === 1 && entry.media_ms !== null, `${kind} has no time`);
    }
    assert(testimony.log.find((e) => e.kind === "testimony_complete").text === null, "something is left out");
  });
  const judge = await play(server, people, testimony.recording);
  const later = await sealedOf(server, judge, server.demo.hearing_id);
  await check("the sealed record of the later hearing tells from where to where, and for whom", () => {
    const played = later.log.filter((e) => e.kind.startsWith("playback_"));
    const wanted = "shown began stopped moved began stopped put_away";
    const found = played.map((e) => e.kind.replace("playback_", "")).join(" ");
    assert(found === wanted, found);
    const named = `recording=${testimony.recording} manifest_sha256=`;
    assert(played.every((e) => e.text.startsWith(named) && e.media_ms !== null), JSON.stringify(played));
    const stopped = played.filter((e) => e.kind === "playback_stopped");
    for (const { text } of stopped) {
      assert(/ from=1\/\d+ to=1\/\d+ shown_to=/.test(text), text);
      const names = text.split("shown_to=")[1];
      const nameOf = (role) => server.demo.participants.find((p) => p.role === role).name;
      assert(names.includes(nameOf("judge")) && names.includes(nameOf("defence_counsel")), text);
      assert(!names.includes(nameOf("witness")), text);
    }
  });
  await check("so does the chain of custody of what was played", async () => {
    const { custody } = await judge.get(`/recordings/${testimony.recording}`);
    const viewed = custody.filter((e) => e.act === "viewed" && e.by.endsWith("(judge)"));
    assert(viewed.length >= 8, JSON.stringify(custody));
    const report = await judge.post(`/recordings/${testimony.recording}/verify`);
    assert(report.ok === true, JSON.stringify(report));
  });
  for (const role of CAST) {
    await check(`${role}: no error in the page, no request to another host`, () => {
      // A close that the court refuses is refused, and Chromium says so.
      const problems = people[role].problems.filter((p) => !/409 \(Conflict\)/.test(p));
      assert(problems.length === 0, problems.join("\n"));
    });
  }
} catch (error) {
  await check("the hearing goes on to its end", () => {
    throw error;
  });
  for (const [role, person] of Object.entries(people)) {
    const shot = join(server.folder, `${role}.png`);
    await person.page.screenshot({ path: shot }).catch(() => {});
    console.log(`${role}: ${person.page.url()} ${shot} ${person.problems.join(" | ")}`);
  }
} finally {
  for (const person of Object.values(people)) await person.close();
  await server.stop();
}
process.exit(conclude());
