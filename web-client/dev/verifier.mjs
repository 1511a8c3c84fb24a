// The verifier's page as a person has it: one file, opened from the disk, without a network. Every vector, as a folder and as a tar
// file, with and without trusted roots; axe; narrow screens; hostile and large files. Prints "N passed, N failed".
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const built = resolve(import.meta.dirname, "../dist/verify.html");
const vectors = resolve(import.meta.dirname, "../../recordings-schema/vectors");
const list = JSON.parse(readFileSync(join(vectors, "vectors.json"), "utf8"));
const root = join(vectors, list.trust);
const timeRoot = join(vectors, list.trust_time);
const logKeys = join(vectors, list.trust_log);
const folder = mkdtempSync(join(tmpdir(), "oyer-verifier-"));
// A copy elsewhere: nothing beside it can help it.
const file = join(folder, "verify.html");
copyFileSync(built, file);

let passed = 0;
let failed = 0;
const only = new RegExp(process.argv.slice(2).join(" "));
async function check(name, run) {
  if (!only.test(name)) return;
  try {
    await run();
    passed++;
  } catch (error) {
    failed++;
    console.error(`FAILED ${name}: ${error.message}`);
  }
}
function assert(truth, why) {
  if (!truth) throw new Error(why);
}

const browser = await openBrowser();
const requests = [];
const errors = [];
async function open({ viewport = { width: 1280, height: 800 }, language = "en-GB" } = {}) {
  const context = await browser.newContext({ viewport, locale: language });
  const page = await context.newPage();
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) requests.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(pathToFileURL(file).href);
  await page.locator("h1").waitFor();
  return page;
}

/** Lets a file or folder of this disk fall onto the page, as a person does with the mouse. */
async function drop(page, path) {
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await browser.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
}

/** What is chosen besides the recording: the court's root alone, unless `trust` names more. */
const TRUSTED = { root, "time-root": timeRoot, "log-keys": logKeys };

async function choose(page, { tar, bundle, dropped, trust, stored }) {
  if (dropped) await drop(page, dropped);
  else if (tar) await page.getByTestId("tar-input").setInputFiles(tar);
  else await page.getByTestId("folder-input").setInputFiles(bundle);
  await page.getByTestId("chosen").filter({ hasText: /: / }).waitFor();
  if (stored) await page.locator("#stored").check();
  for (const name of trust === true ? ["root"] : trust || []) {
    await page.getByTestId(`${name}-input`).setInputFiles(TRUSTED[name]);
    await page.getByTestId(`${name}-chosen`).locator("code").first().waitFor();
  }
}

/** What the page says: the outcome, and every line of it. */
async function verify(page, what) {
  await choose(page, what);
  await page.getByTestId("verify").click();
  const end = page.locator("[data-testid=report], [data-testid=trouble]");
  await end.waitFor({ timeout: 120_000 });
  return page.evaluate(() => ({
    outcome: document.querySelector("[data-testid=report]")?.dataset.outcome ?? "trouble",
    lines: [...document.querySelectorAll("[data-check]")].map((row) => ({ ...row.dataset })),
    text: document.querySelector("main").textContent,
  }));
}

const failures = (lines) =>
  [...new Set(lines.filter((l) => l.verdict === "failed").map((l) => `${l.check} ${l.file}`))].sort();

function tarOf(bundle, name = "bundle") {
  const tar = join(folder, `${name}.tar`);
  execFileSync("tar", ["-C", dirname(bundle), "-cf", tar, bundle.slice(dirname(bundle).length + 1)]);
  return tar;
}

{
  // A page for whatever is named: what was chosen stays chosen.
  const trusting = new Map();
  const open2 = await open();
  for (const vector of [...list.vectors, ...list.disposals]) {
    const left = (vector.left_out ?? []).join();
    const key = `${left} ${vector.stored}`;
    if (!trusting.has(key)) trusting.set(key, await open());
    const trust = ["root"];
    if (!left.includes("trust_time")) trust.push("time-root");
    if (!left.includes("trust_log")) trust.push("log-keys");
    const bundle = join(vectors, vector.path);
    const tar = tarOf(bundle, vector.path.replace("/", "-"));
    // Chromium leaves links out of a chosen folder: the file is missing then, instead of a link. Failed it is either way.
    const expected = (form) =>
      [...new Set(vector.failures.map((f) => `${f.check} ${f.file}`))]
        .filter((f) => !(form === "folder" && vector.path === "bad/symlink" && f.startsWith("names ")))
        .sort();
    for (const [form, what] of [
      ["tar", { tar }],
      ["folder", { bundle }],
    ]) {
      await check(`${vector.path} as a ${form}`, async () => {
        const found = await verify(trusting.get(key), { ...what, trust, stored: vector.stored });
        assert(found.outcome === vector.outcome, `${found.outcome}: ${found.text}`);
        const [is, should] = [failures(found.lines), expected(form)].map((l) => JSON.stringify(l));
        assert(is === should, `${is} instead of ${should}`);
      });
      await check(`${vector.path} as a ${form}, without a trusted root`, async () => {
        const found = await verify(open2, what);
        assert(found.outcome === vector.outcome_without_trust, `${found.outcome}: ${found.text}`);
      });
    }
  }
  for (const page of trusting.values()) await page.close();
  await open2.close();
}

const good = join(vectors, "good/closed");

await check(
  "the log and its cosigners, with their keys and without; a file that holds no keys is told",
  async () => {
    const page = await open();
    const bundle = join(vectors, "good/logged");
    const of = (lines, check) => lines.find((l) => l.check === check)?.verdict;
    const without = (await verify(page, { bundle })).lines;
    assert(of(without, "transparency_log") === "not_checked", of(without, "transparency_log"));
    const found = (await verify(page, { bundle, trust: ["root", "log-keys"] })).lines;
    assert(of(found, "transparency_log") === "proved", of(found, "transparency_log"));
    assert(of(found, "cosigners") === "trusted", of(found, "cosigners"));
    await page.getByTestId("log-keys-input").setInputFiles(root);
    await page.getByTestId("log-keys-chosen").locator(".notice--problem").waitFor();
    assert((await page.getByTestId("report").count()) === 0, "the verdict of other keys still stands");
    await page.context().close();
  },
);

for (const [width, height] of [
  [1280, 800],
  [320, 640],
]) {
  for (const language of ["en", "uz", "ru"]) {
    await check(
      `${width} px in ${language}: axe finds nothing, nothing is wider than the screen`,
      async () => {
        const page = await open({ viewport: { width, height }, language });
        const look = async () => {
          await page.evaluate(axe);
          const found = await page.evaluate(() =>
            window.axe.run(document, {
              runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            }),
          );
          const lines = found.violations.map(
            (v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`,
          );
          assert(lines.length === 0, lines.join("\n  "));
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert(wide <= width, `${wide} px wide`);
          const missing = await page.evaluate(
            () =>
              document
                .querySelector("#app")
                .textContent.match(/\b(verifier|found|proof|verdict)-[a-z-]+/)?.[0],
          );
          assert(!missing, `a sentence is missing: ${missing}`);
          assert((await page.evaluate(() => document.documentElement.lang)) === language, "lang is not set");
        };
        await look();
        for (const path of ["good/closed", "good/interrupted", "bad/changed-manifest"]) {
          await verify(page, { bundle: join(vectors, path), trust: path.startsWith("good/closed") });
          await look();
        }
        const missing = await verify(page, { bundle: good, trust: ["time-root", "log-keys"] });
        assert(missing.outcome === "proofs_missing", missing.outcome);
        await look();
        for (const path of ["good/redacted", "disposals/good"]) {
          await verify(page, { bundle: join(vectors, path), trust: true });
          await look();
        }
        await page.getByTestId("tar-input").setInputFiles(root);
        await page.getByTestId("verify").click();
        await page.getByTestId("trouble").waitFor();
        await look();
        await page.context().close();
      },
    );
  }
}

await check("a redacted copy and a certificate of disposal are called what they are", async () => {
  const page = await open();
  const copy = await verify(page, { bundle: join(vectors, "good/redacted"), trust: true });
  assert(copy.outcome === "proved", copy.text);
  for (const said of [
    "This is a redacted copy, as it was sealed",
    "R-7/2026",
    "by Judge Test (not a judge): To protect a test witness",
    "sound of Witness Test",
    "01930000-0000-7000-8000-0000000000a1",
    "The original is not here",
  ])
    assert(copy.text.includes(said), `${said}: ${copy.text}`);
  const gone = await verify(page, { bundle: join(vectors, "disposals/good"), trust: true });
  assert(gone.outcome === "proved", gone.text);
  for (const said of ["the recording was destroyed", "T-1/2026", "10 files", "Judge Test", "Clerk Test"])
    assert(gone.text.includes(said), `${said}: ${gone.text}`);
  const plain = await verify(page, { bundle: good, trust: true });
  assert(!plain.text.includes("redacted copy") && !plain.text.includes("destroyed"), plain.text);
  await page.context().close();
});

await check("the policy of the page allows no connection, and the browser keeps to it", async () => {
  const page = await open();
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  for (const rule of ["default-src 'none'", "connect-src 'none'", "form-action 'none'", "base-uri 'none'"])
    assert(policy.split("; ").includes(rule), `${rule} is missing`);
  const before = errors.length;
  const refused = await page.evaluate(() =>
    fetch("http://127.0.0.1:9/").then(
      () => false,
      () => true,
    ),
  );
  assert(
    refused && errors.slice(before).some((e) => /Content Security Policy/.test(e)),
    "it was not the policy that refused",
  );
  errors.length = before;
  await page.context().close();
});

await check("with the keyboard alone, from the button to the verdict", async () => {
  const page = await open();
  await choose(page, { bundle: good, trust: true });
  await page.getByTestId("verify").focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("report").waitFor();
  assert(
    (await page.evaluate(() => document.activeElement?.id)) === "outcome",
    "the verdict has not the focus",
  );
  await page.context().close();
});

await check("a tar file or a folder may be dropped onto the page", async () => {
  const page = await open();
  for (const dropped of [tarOf(good), good]) {
    const found = await verify(page, { dropped, trust: true });
    assert(found.outcome === "proved", `${dropped}: ${found.outcome}: ${found.text}`);
  }
  const bad = await verify(page, { dropped: join(vectors, "bad/flipped-byte-in-track"), trust: true });
  assert(bad.outcome === "failed", bad.text);
  await page.close();
});

await check("a verdict goes when another recording is chosen", async () => {
  const page = await open();
  await verify(page, { bundle: good, trust: true });
  await page.getByTestId("tar-input").setInputFiles(tarOf(good, "other"));
  await page.getByTestId("report").waitFor({ state: "detached" });
  await page.context().close();
});

/** A bundle made into another one by `change`. */
function changed(name, change) {
  const bundle = join(folder, name);
  cpSync(good, bundle, { recursive: true });
  change(bundle);
  return bundle;
}

await check("hostile tar files have a verdict, and never hang the page", async () => {
  const page = await open();
  const tar = readFileSync(tarOf(good, "hostile"));
  const save = (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const cut = save("cut.tar", tar.subarray(0, 5000));
  const noise = save("noise.tar", createHash("sha512").update("noise").digest());
  const empty = save("empty.tar", Buffer.alloc(10240));
  for (const path of [cut, noise, empty]) {
    const found = await verify(page, { tar: path, trust: true });
    assert(found.outcome === "trouble", `${path}: ${found.outcome}`);
  }
  // The same file twice: whichever a reader takes, the other is hidden.
  const twice = join(folder, "twice.tar");
  execFileSync("tar", ["-C", vectors, "-cf", twice, "good/closed"]);
  execFileSync("tar", ["-C", vectors, "-rf", twice, "good/closed/bagit.txt"]);
  const double = await verify(page, { tar: twice, trust: true });
  assert(failures(double.lines).includes("names bagit.txt"), JSON.stringify(failures(double.lines)));
  const hollow = changed("hollow", (bundle) =>
    mkdirSync(join(bundle, "data/extra/inner"), { recursive: true }),
  );
  const extra = await verify(page, { tar: tarOf(hollow, "hollow"), trust: true });
  assert(
    JSON.stringify(failures(extra.lines)) === '["bag data/extra"]',
    JSON.stringify(failures(extra.lines)),
  );
  const huge = changed("huge", (bundle) => truncateSync(join(bundle, "VERIFY.txt"), 300 * 2 ** 20));
  const large = await verify(page, { bundle: huge, trust: true });
  assert(failures(large.lines).includes("tag_files VERIFY.txt"), JSON.stringify(failures(large.lines)));
  await page.context().close();
});

/** A tar file of the size given, sparse, of a bundle that fails for nothing but its seal: another file was sealed than is large. */
function largeTar(bytes) {
  const bundle = changed("large", () => undefined);
  const manifest = readFileSync(join(bundle, "manifest-sha256.txt"), "utf8");
  const [, id] = /data\/([0-9a-f-]{36})\//.exec(manifest);
  const path = `data/${id}/notes.bin`;
  const large = join(bundle, path);
  closeSync(openSync(large, "w"));
  truncateSync(large, bytes);
  const sha256 = execFileSync("sha256sum", [large]).toString().slice(0, 64);
  const lines = [...manifest.trimEnd().split("\n"), `${sha256}  ${path}`];
  lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
  writeFileSync(join(bundle, "manifest-sha256.txt"), `${lines.join("\n")}\n`);
  const tar = join(folder, "large.tar");
  execFileSync("tar", ["-C", folder, "-cf", tar, "large"]);
  return { tar, path };
}

/** Memory of the browser's processes in bytes: what they hold for themselves and share with nobody. */
function memory() {
  const table = execFileSync("ps", ["-eo", "pid=,ppid="])
    .toString()
    .trim()
    .split("\n")
    .map((l) => l.trim().split(/\s+/));
  const family = new Set([String(process.pid)]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of table)
      if (family.has(parent) && !family.has(pid)) {
        family.add(pid);
        grown = true;
      }
  }
  family.delete(String(process.pid));
  let sum = 0;
  for (const pid of family) {
    const status = `/proc/${pid}/status`;
    if (!existsSync(status)) continue;
    const [, kb] = /RssAnon:\s+(\d+)/.exec(readFileSync(status, "utf8")) ?? [];
    sum += Number(kb ?? 0) * 1024;
  }
  return sum;
}

await check("300 MB in a tar file are read in bounded memory, with progress", async () => {
  const size = 300 * 2 ** 20;
  const { tar, path } = largeTar(size);
  const page = await open();
  await choose(page, { tar, trust: true });
  const before = memory();
  const started = Date.now();
  await page.getByTestId("verify").click();
  let most = before;
  let seen = 0;
  const bar = page.locator("progress");
  const report = page.getByTestId("report");
  while (!(await report.isVisible())) {
    most = Math.max(most, memory());
    const value = (await bar.count()) > 0 ? await bar.evaluate((b) => b.value).catch(() => 0) : 0;
    if (value > 0 && value < 1) seen++;
    assert(Date.now() - started < 120_000, "it took more than two minutes");
  }
  const seconds = (Date.now() - started) / 1000;
  const grown = (most - before) / 2 ** 20;
  console.log(
    `   300 MB in ${seconds.toFixed(1)} s, ${Math.round(300 / seconds)} MB/s; memory grew by ${Math.round(grown)} MB`,
  );
  const lines = await page.evaluate(() =>
    [...document.querySelectorAll("[data-check]")].map((r) => ({ ...r.dataset })),
  );
  assert(seen > 0, "no progress was shown");
  assert(!failures(lines).some((f) => f.includes(path)), JSON.stringify(failures(lines)));
  assert(failures(lines).includes("seal manifest-sha256.txt"), "the changed manifest was not noticed");
  assert(grown < 200, `memory grew by ${Math.round(grown)} MB`);
  // Changed by one byte in the middle, it is noticed and named.
  const other = join(folder, "large-changed.tar");
  execFileSync("cp", [tar, other]);
  const changedFile = openSync(other, "r+");
  writeSync(changedFile, "x", size / 2);
  closeSync(changedFile);
  const found = await verify(page, { tar: other, trust: true });
  assert(failures(found.lines).includes(`payload_digests ${path}`), `${found.outcome}: ${found.text}`);
  await page.context().close();
});

await check("a verification that was stopped leaves no verdict, and another can begin", async () => {
  const page = await open();
  await choose(page, { tar: join(folder, "large.tar"), trust: true });
  await page.getByTestId("verify").click();
  await page.getByTestId("cancel").click();
  await page.getByTestId("verify").waitFor();
  assert((await page.getByTestId("report").count()) === 0, "there is a verdict");
  const found = await verify(page, { bundle: good, trust: true });
  assert(found.outcome === "proved", found.outcome);
  await page.context().close();
});

await check("no page asked anything of a network, and nothing failed", async () => {
  assert(requests.length === 0, requests.join(", "));
  assert(errors.length === 0, errors.join("; "));
});

await browser.close();
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
