// What people of any hearing do, step by step.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, need, until } from "./checks.mjs";
import * as outside from "./outside.mjs";
import { api } from "./server.mjs";

/** Opens the link and passes the equipment check, which goes through the server. */
export async function arrives(person, server) {
  await need(`${person.role}: the link opens`, async () => {
    await person.page.goto(server.link(person.role));
    await person.press("join-continue");
    assert(!(await person.page.url()).includes("#"), "the secret stays in the address bar");
  });
  await need(`${person.role}: the equipment check passes through the server`, async () => {
    await until(
      "the verdict",
      () => person.at("check-verdict").first().getAttribute("data-ok"),
      (ok) => ok === "true",
      30_000,
    );
    await person.press("check-continue");
  });
}

export async function begins(judge, server) {
  await need("the judge begins", async () => {
    await judge.shows("bench");
    if (await judge.at("open").count()) await judge.press("open");
    if (await judge.at(`admit-${server.id("judge")}`).count()) await judge.press(`admit-${server.id("judge")}`);
    await judge.press("begin");
    await judge.shows("on-record");
  });
}

export const recordIs = (person, wanted) =>
  until(
    `${person.role} is told that the record is ${wanted}`,
    () => person.at("recording-status").first().getAttribute("data-status"),
    (status) => status === wanted,
  );

/** Closes the hearing; gives the judge's session. */
export async function closes(judge, people) {
  const session = await judge.session();
  for (const person of people) await person.keepPauses();
  await need("the judge closes the hearing", async () => {
    await judge.page.locator('details:has([data-testid="close"]) > summary').click();
    await judge.press("close");
    await judge.press("confirm");
    for (const person of people) await person.shows("ended");
  });
  // How they sent to the very end.
  for (const person of people) await person.keepSent();
  return session;
}

/** The sealed recording of the hearing, fetched and unpacked. */
export async function fetchBundle(server, session) {
  const judge = api(server.base, session);
  const { case_id, hearing_id } = server.demo;
  const { evidence } = await until(
    "the recording is attached to the case",
    () => judge.get(`/cases/${case_id}`),
    ({ evidence }) => evidence.some((e) => e.hearing === hearing_id && e.state === "attached"),
    30_000,
  );
  const recordings = evidence.filter((e) => e.hearing === hearing_id);
  const [sealed] = recordings;
  const folder = join(server.folder, "export");
  mkdirSync(folder);
  const { base } = await judge.post(`/recordings/${sealed.recording}/tickets`);
  writeFileSync(join(folder, "bundle.tar"), await judge.download(`${base}/bundle.tar`));
  outside.untar(join(folder, "bundle.tar"), folder);
  const nested = readdirSync(folder).find((name) => existsSync(join(folder, name, "bagit.txt")));
  const bundle = nested ? join(folder, nested) : folder;
  const seal = outside.seal(bundle, sealed.recording);
  const segments = new Map(
    seal.segments.map((s) => [s.segment, { began: Date.parse(s.started_at), ended: Date.parse(s.ended_at), seconds: Number(s.duration_ms) / 1000 }]),
  );
  return { judge, recordings, sealed, bundle, seal, segments, file: (track) => join(bundle, "data", sealed.recording, track.file) };
}
