// A hearing in three real browsers: each sees and hears the right others and nobody while waiting; it is recorded,
// closed and sealed; then tools that are not ours examine the bundle.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOOKS, seat } from "./cast.mjs";
import { assert, check, conclude, need, until } from "./checks.mjs";
import { excused, objections } from "./gaps.mjs";
import * as outside from "./outside.mjs";
import { startServer } from "./server.mjs";
import { arrives, begins, closes, fetchBundle, recordIs } from "./steps.mjs";

const CAST = ["judge", "witness", "defence_counsel"];
const ON_RECORD_MS = [5_000, 3_000];
const SECONDS_TOLERANCE = 0.2;
/** What happened on which segment, by the wall clock: who came in, and who reloaded the page. */
const course = { 1: {}, 2: {} };
/** By this test's own clock: before the press that began or ended each segment, and when the page showed that it was done. */
const clock = { 1: {}, 2: {} };
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** In this browser exactly these people are seen and heard. */
const witnesses = (person, roles) =>
  until(
    `${person.role} sees and hears ${roles.join(", ") || "nobody"}`,
    () => person.witnessed(),
    (tiles) =>
      tiles.length === roles.length &&
      roles.every((role) => tiles.some((t) => t.role === role && t.seen === role && t.heard === role)),
    30_000,
  );

/** For a while, not one packet arrives. */
async function receivesNothing(person, forMs = 2_000) {
  await pause(500); // what was on the way
  const before = await person.packetsReceived();
  await pause(forMs);
  const came = (await person.packetsReceived()) - before;
  assert(came === 0, `${person.role} received ${came} packets`);
  const tiles = await person.at("tile").count();
  assert(tiles === 0, `${person.role} is shown ${tiles} tiles`);
}

async function hold(server, people) {
  const [judge, witness, counsel] = CAST.map((role) => people[role]);
  const id = server.id;

  for (const person of [judge, witness, counsel]) await arrives(person, server);
  for (const person of [witness, counsel]) {
    await need(`${person.role}: waits`, () => person.shows("waiting-status"));
    await check(`${person.role}: receives nothing while waiting`, () => receivesNothing(person));
  }

  await begins(judge, server);
  await need("counsel is admitted", async () => {
    await judge.press(`admit-${id("defence_counsel")}`);
    await counsel.shows("tile");
  });
  await check("judge sees and hears counsel", () => witnesses(judge, ["defence_counsel"]));
  await check("counsel sees and hears the judge", () => witnesses(counsel, ["judge"]));
  await check("the witness still receives nothing", () => receivesNothing(witness));

  const timed = async (segment, edge, act) => {
    const pressed = Date.now();
    await act();
    clock[segment][edge] = { pressed, shown: Date.now() };
  };
  /** The act is done as soon as its button has become the opposite one. */
  const turns = (segment, edge, press, into) =>
    timed(segment, edge, async () => {
      await judge.press(press);
      await judge.shows(into);
    });

  await need("on the record, from the writer's confirmation", async () => {
    await turns(1, "began", "on-record", "off-record");
    for (const person of [judge, counsel]) await recordIs(person, "recording");
  });
  const firstBegan = Date.now();
  await need("the witness is called", async () => {
    await judge.press(`call-${id("witness")}`);
    await witness.shows("tile");
    course[1].witness = { entered: Date.now() };
  });
  await check("the witness reads that everyone sees and hears them now", async () => {
    const said = await until(
      "the word",
      () => witness.at("word").textContent(),
      (text) => text.includes("The court has called you"),
    );
    assert(said.includes("Everyone in the room sees and hears you"), said);
  });
  await check("judge sees and hears witness and counsel", () => witnesses(judge, ["witness", "defence_counsel"]));
  await check("witness sees and hears judge and counsel", () => witnesses(witness, ["judge", "defence_counsel"]));
  await check("counsel sees and hears judge and witness", () => witnesses(counsel, ["judge", "witness"]));
  await check("the witness is told of the record", () => recordIs(witness, "recording"));
  await check("the witness is sworn", async () => {
    if (await judge.at(`identify-${id("witness")}`).count()) await judge.press(`identify-${id("witness")}`);
    await judge.press(`swear-${id("witness")}`);
    await judge.shows(`release-${id("witness")}`);
    await witness.page.locator('[data-testid="word"][data-word="sworn"]').waitFor({ timeout: 10_000 });
  });
  await check("a raised hand is seen", async () => {
    await counsel.press("raise-hand");
    const tile = judge.page.locator(`[data-testid="tile"][data-role="defence_counsel"] .tile__sign--hand`);
    await tile.waitFor({ timeout: 10_000 });
  });
  await pause(Math.max(0, ON_RECORD_MS[0] - (Date.now() - firstBegan)));
  await need("off the record", async () => {
    await turns(1, "ended", "off-record", "on-record");
    for (const person of [judge, counsel, witness]) await recordIs(person, "off");
  });
  await pause(1_500);
  await need("on the record again", async () => {
    await turns(2, "began", "on-record", "off-record");
    for (const person of [judge, counsel, witness]) await recordIs(person, "recording");
  });
  await check("a reload comes back into the same place", async () => {
    await counsel.keepPauses();
    await counsel.keepSent();
    const from = Date.now();
    await counsel.page.reload();
    await counsel.shows("tile");
    course[2].defence_counsel = { reload: { from, to: Date.now() } };
    await witnesses(counsel, ["judge", "witness"]);
  });
  await pause(ON_RECORD_MS[1]);
  const closing = Date.now();
  const session = await closes(judge, [judge, witness, counsel]);
  clock[2].ended = { pressed: closing, shown: Date.now() };
  return session;
}

async function examine(server, session) {
  const { judge, recordings, sealed, bundle, seal, segments, file } = await fetchBundle(server, session);
  await check("one recording, not interrupted", () =>
    assert(recordings.length === 1 && !sealed.interrupted, JSON.stringify(recordings)),
  );
  const root = join(server.folder, "seal-root.pem");
  writeFileSync(root, await judge.text("/seal/root.pem"));

  for (const manifest of ["manifest-sha256.txt", "tagmanifest-sha256.txt"]) {
    await check(`sha256sum -c ${manifest}`, () => outside.sha256sum(bundle, manifest));
    await check(`openssl cms -verify ${manifest}`, () => outside.openssl(bundle, manifest, root));
  }
  await check("the seal says that the recording was closed in good order", () => assert(seal.ended === "closed", seal.ended));
  await check("off and on the record made two segments", () => assert(seal.segments.length === 2, JSON.stringify(seal.segments)));
  for (const [number, segment] of segments) {
    await check(`segment ${number} is the time on record, by this test's own clock`, () => {
      for (const edge of ["began", "ended"]) {
        const { pressed, shown } = clock[number][edge];
        const off = [pressed - segment[edge], segment[edge] - shown].find((ms) => ms > SECONDS_TOLERANCE * 1000);
        assert(off === undefined, `${edge} ${off} ms outside of the act, which took ${shown - pressed} ms`);
      }
      const seconds = (segment.ended - segment.began) / 1000;
      assert(Math.abs(seconds - segment.seconds) <= 0.002, `${segment.seconds} s, but ${seconds} s from its beginning to its end`);
    });
  }
  const gaps = outside.gaps(bundle, sealed.recording);
  const part = (role, segment) => ({ pauses: people[role].pauses, ...course[segment][role] });
  await check("every gap was provoked, or by the sender's own browser it sent nothing", () => {
    const found = [];
    for (const role of CAST) {
      for (const [number, segment] of segments) {
        const theirs = gaps.filter((g) => g.segment === number && g.participant === server.id(role));
        found.push(...objections(theirs, segment, part(role, number), people[role].sent));
      }
    }
    assert(found.length === 0, found.join("\n"));
  });
  await check("the sealed court log tells who spoke in each part, from when to when", () => {
    const log = outside.courtLog(bundle, sealed.recording).filter((e) => e.kind.startsWith("speech"));
    for (const [number, { seconds }] of segments) {
      for (const role of CAST) {
        const ends = log.filter((e) => e.segment === number && e.about.participant === server.id(role));
        const told = ends.map((e) => `${e.kind} ${e.media_ms}`).join(", ");
        assert(ends.length >= 2 && ends.length % 2 === 0, `${role}, segment ${number}: ${told}`);
        ends.forEach((e, i) => {
          assert(e.kind === (i % 2 ? "speech_ended" : "speech_began"), `${role}: ${told}`);
          assert(Number(e.media_ms) >= Number(ends[i - 1]?.media_ms ?? 0), `${role}: ${told}`);
          assert(Number(e.media_ms) <= seconds * 1_000, `${role}: ${told} in ${seconds} s`);
        });
      }
    }
    const elsewhere = log.filter((e) => !segments.has(e.segment));
    assert(elsewhere.length === 0, JSON.stringify(elsewhere));
  });
  const files = new Map();
  for (const track of seal.tracks) {
    const path = file(track);
    const segment = segments.get(track.segment);
    const whose = `${track.role}, ${track.source}, segment ${track.segment}`;
    files.set(whose, [...(files.get(whose) ?? []), track.file]);
    await check(`${track.file}: decodes whole`, () => outside.decodes(path));
    await check(`${track.file}: is ${track.codec}`, () => assert(outside.codec(path) === track.codec, outside.codec(path)));
    const end = outside.endSeconds(path);
    await check(`${track.file}: is as long as the time on record`, () => {
      const said = Number(track.duration_ms) / 1000;
      assert(said <= segment.seconds, `${said} s of a segment of ${segment.seconds} s`);
      assert(Math.abs(said - end) <= 0.05, `${said} s by the seal, ${end} s by ffprobe`);
      // Sound is filled with silence. Pictures end with the page that is reloaded, and go on in another file.
      const { reload } = part(track.role, track.segment);
      const goesAway = track.source === "camera" && reload && !/-2\.\w+$/.test(track.file);
      const expected = goesAway ? (reload.from - segment.began) / 1000 : segment.seconds;
      // Between its order and its end a page still sends for a moment.
      const late = goesAway ? (reload.to - reload.from) / 1000 : 0;
      const early = track.source === "camera" ? excused(end, track.source, segment, part(track.role, track.segment), people[track.role].sent) : 0;
      assert(
        end >= expected - SECONDS_TOLERANCE - early && end <= expected + SECONDS_TOLERANCE + late,
        `ends at ${end} s instead of ${expected} s (its browser paused or was behind for ${early} s before the end)`,
      );
    });
    if (track.source === "camera") {
      await check(`${track.file}: shows the ${track.role}`, () => {
        const colour = outside.colourAt(path, end / 2);
        const { rgb } = LOOKS[track.role];
        assert(rgb.every((c, i) => Math.abs(c - colour[i]) <= 40), `${colour} instead of ${rgb}`);
      });
    }
  }
  for (const role of CAST) {
    for (const source of ["microphone", "camera"]) {
      for (const { segment } of seal.segments) {
        const expected = part(role, segment).reload ? 2 : 1;
        await check(`${role}, ${source}, segment ${segment}: ${expected} file(s)`, () => {
          const found = files.get(`${role}, ${source}, segment ${segment}`) ?? [];
          assert(found.length === expected, JSON.stringify(found));
        });
      }
    }
  }
}

/** The page to browse the API keeps to the policy that it is served with: Chromium says so, or says nothing. */
async function describes(server, person) {
  const page = await person.context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(`${server.demo.base_url}/api/docs/`);
  await page.locator(".opblock-summary").first().click();
  await page.locator(".opblock.is-open").first().waitFor();
  await page.close();
  assert(errors.length === 0, errors.join("\n"));
}

const server = await startServer();
const people = {};
try {
  for (const role of CAST) people[role] = await seat(role, server.folder);
  await check("the page to browse the API breaks no rule of its own", () => describes(server, people.judge));
  const session = await hold(server, people);
  await examine(server, session);
  for (const role of CAST) {
    await check(`${role}: no error in the page, no request to another host`, () =>
      assert(people[role].problems.length === 0, people[role].problems.join("\n")),
    );
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
