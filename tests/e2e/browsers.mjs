// A hearing of unlike browsers: a judge in Chromium, a witness in Firefox ESR, and two Chromiums whose cameras send VP9 and
// H.264, as if they had no VP8 encoder. Each sees and hears each other, all are recorded, and the sealed files decode. Debian's
// Firefox has no H.264: its tile says that the picture cannot be shown, and nothing is sent.

import { LOOKS, FIREFOX_HZ, seat, seatInFirefox } from "./cast.mjs";
import { assert, check, conclude, need, until } from "./checks.mjs";
import { excused, objections } from "./gaps.mjs";
import { startLoudspeaker } from "./loudspeaker.mjs";
import * as outside from "./outside.mjs";
import { startServer } from "./server.mjs";
import { arrives, begins, closes, fetchBundle, recordIs } from "./steps.mjs";

/** Runs in a page: a browser that encodes pictures in one codec only. */
const encodesOnly = (mimeType) => `{
  const all = RTCRtpSender.getCapabilities.bind(RTCRtpSender);
  RTCRtpSender.getCapabilities = (kind) => {
    const { codecs, ...rest } = all(kind);
    return { ...rest, codecs: kind === "video" ? codecs.filter((c) => ["${mimeType}", "video/rtx"].includes(c.mimeType)) : codecs };
  };
}`;

/** How each takes part: in which browser, the codec in which their picture reaches the others, and their pitch. */
const CAST = {
  judge: { browser: "Chromium", codec: "video/VP8", hz: LOOKS.judge.hz },
  clerk: { browser: "Chromium", codec: "video/H264", hz: LOOKS.clerk.hz },
  defence_counsel: { browser: "Chromium", codec: "video/VP9", hz: LOOKS.defence_counsel.hz },
  witness: { browser: "Firefox", codec: "video/VP8", hz: FIREFOX_HZ },
};
/** Small pictures: four browsers encode, decode and show all of them on one computer. */
const SIZE = [320, 180];
/** What Firefox cannot decode without a plugin that it would fetch from elsewhere. */
const UNDECODABLE = { Firefox: "video/H264" };
const ROLES = Object.keys(CAST);
const FRAMES = 60;
const ENERGY = 0.001;
const COLOURS = 3;
const HZ_TOLERANCE = 40;
const ON_RECORD_MS = 6_000;
const SECONDS_TOLERANCE = 0.2;
/** Four browsers on one computer lag: so much may be on its way when the record ends. */
const UNDER_WAY_MS = 1_500;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** From now on, a picture that moves and sound of that person come in at this one's browser. */
async function receives(person, role) {
  const { codec, hz } = CAST[role];
  const before = await person.received(role);
  await until(
    `${person.role} decodes the ${role}`,
    () => person.received(role),
    (now) => now.frames >= before.frames + FRAMES && now.energy >= before.energy + ENERGY && now.codec === codec,
    30_000,
  );
  const colours = new Set();
  await until(
    `${person.role} sees and hears the ${role}`,
    async () => {
      const tile = (await person.witnessed()).find((t) => t.role === role);
      if (tile?.colour) colours.add(String(tile.colour.map((c) => Math.round(c / 16))));
      return { ...tile, colours: [...colours] };
    },
    (tile) => {
      const seen = CAST[role].browser === "Firefox" ? colours.size >= COLOURS : tile.seen === role;
      return seen && tile.hz !== null && Math.abs(tile.hz - hz) <= HZ_TOLERANCE;
    },
    30_000,
  );
}

/** The tile says that the picture cannot be shown, and not one is decoded. */
async function cannotShow(person, role) {
  const tile = person.page.locator(`[data-testid="tile"][data-role="${role}"]`);
  await until(
    "the tile says so",
    () => tile.textContent(),
    (text) => text.includes("Your browser cannot show this picture"),
  );
  const { frames } = await person.received(role);
  assert(frames === 0, `${frames} pictures were decoded`);
}

async function hold(server, people, course) {
  const all = Object.values(people);
  const { judge, ...others } = people;
  for (const person of all) await arrives(person, server);
  await begins(judge, server);
  await need("on the record, from the writer's confirmation", async () => {
    await judge.press("on-record");
    await recordIs(judge, "recording");
  });
  for (const role of Object.keys(others)) {
    await need(`${role}: comes in`, async () => {
      // The clerk goes straight into the room.
      if (role !== "clerk") await judge.press(`${role === "witness" ? "call" : "admit"}-${server.id(role)}`);
      await people[role].shows("tile");
      course[role] = { entered: Date.now() };
      await recordIs(people[role], "recording");
    });
  }
  for (const person of all) {
    for (const role of ROLES.filter((r) => r !== person.role)) {
      const [{ browser }, { codec }] = [CAST[person.role], CAST[role]];
      const undecodable = UNDECODABLE[browser] === codec;
      await check(`${person.role} (${browser}) ${undecodable ? "is told of" : "receives"} the ${role} (${CAST[role].browser}, ${codec})`, () =>
        (undecodable ? cannotShow : receives)(person, role),
      );
    }
  }
  await pause(ON_RECORD_MS);
  return closes(judge, all);
}

async function examine(server, session, people, course) {
  const { seal, bundle, sealed, segments, file } = await fetchBundle(server, session);
  await check("the seal says that the recording was closed in good order", () => assert(seal.ended === "closed", seal.ended));
  const part = (role) => ({ pauses: people[role].pauses, ...course[role] });
  const gaps = outside.gaps(bundle, sealed.recording);
  for (const role of ROLES) {
    await check(`${role}: every gap was provoked, or by their browser's own counts it sent nothing`, () => {
      const [segment] = segments.values();
      const theirs = gaps.filter((g) => g.participant === server.id(role));
      const found = objections(theirs, segment, part(role), people[role].sent, UNDER_WAY_MS);
      assert(found.length === 0, found.join("\n"));
    });
  }
  for (const role of ROLES) {
    for (const source of ["microphone", "camera"]) {
      const tracks = seal.tracks.filter((t) => t.role === role && t.source === source);
      await check(`${role}, ${source}: one file`, () => assert(tracks.length === 1, JSON.stringify(tracks)));
      for (const track of tracks) {
        const path = file(track);
        const expected = source === "camera" ? CAST[role].codec.slice("video/".length).toLowerCase() : "opus";
        await check(`${track.file}: decodes whole`, () => outside.decodes(path));
        await check(`${track.file}: is ${expected}`, () =>
          assert(track.codec === expected && outside.codec(path) === expected, `${track.codec}, ${outside.codec(path)}`),
        );
        const segment = segments.get(track.segment);
        const end = outside.endSeconds(path);
        await check(`${track.file}: goes on to the end of the record`, () => {
          const early = source === "camera" ? excused(end, source, segment, part(role), people[role].sent) : 0;
          assert(Math.abs(segment.seconds - end) <= SECONDS_TOLERANCE + early, `ends at ${end} s of ${segment.seconds} s`);
        });
      }
    }
  }
}

const server = await startServer();
const loudspeaker = await startLoudspeaker();
const people = {};
try {
  const course = {};
  for (const role of ROLES) {
    const { browser, codec } = CAST[role];
    const scripts = codec === "video/VP8" ? [] : [encodesOnly(codec)];
    people[role] =
      browser === "Firefox" ? await seatInFirefox(role, loudspeaker.env) : await seat(role, server.folder, { scripts, size: SIZE });
  }
  const session = await hold(server, people, course);
  await examine(server, session, people, course);
  for (const [role, person] of Object.entries(people)) {
    await check(`${role}: no error in the page, no request to another host`, () =>
      assert(person.problems.length === 0, person.problems.join("\n")),
    );
  }
} catch (error) {
  await check("the hearing goes on to its end", () => {
    throw error;
  });
  for (const [role, person] of Object.entries(people)) {
    await person.page.screenshot({ path: `${server.folder}/${role}.png` }).catch(() => {});
    console.log(`${role}: ${server.folder}/${role}.png ${person.problems.join(" | ")}`);
  }
} finally {
  for (const person of Object.values(people)) await person.close();
  await loudspeaker.stop();
  await server.stop();
}
process.exit(conclude());
