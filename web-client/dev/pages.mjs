// Page tests from fixed data: axe, narrow screens, keyboard, and the player on real files. Prints "N passed, N failed".
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { apart } from "./apart.mjs";
import { openBrowser, PAGES } from "./browser.mjs";
import { conditions } from "./conditions.mjs";
import { court } from "./court.mjs";
import { devices } from "./devices.mjs";
import { h264 } from "./h264.mjs";
import { keys } from "./keys.mjs";
import { links } from "./links.mjs";
import { moments } from "./moments.mjs";
import { notes } from "./notes.mjs";
import { papers } from "./papers.mjs";
import { phone } from "./phone.mjs";
import { playback } from "./playback.mjs";
import { redactions } from "./redactions.mjs";
import { releases } from "./releases.mjs";
import { sealed } from "./sealed.mjs";
import { startFixtures } from "./server.mjs";
import { speech } from "./speech.mjs";
import { standing } from "./standing.mjs";
import { testimony } from "./testimony.mjs";
import { timeline } from "./timeline.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let passed = 0;
let failed = 0;
// A pattern on the command line chooses the tests whose names match it.
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

const fixtures = await startFixtures();
const browser = await openBrowser();
const origin = new URL(fixtures.url).origin;

/** A page that remembers what it asked of other hosts, and every error. */
async function open(query, viewport = { width: 1280, height: 800 }) {
  const page = await browser.newPage({ viewport });
  page.foreign = [];
  page.errors = [];
  page.on("request", (r) => {
    if (/^(https?|wss?):/.test(r.url()) && !r.url().replace(/^ws/, "http").startsWith(origin))
      page.foreign.push(r.url());
  });
  page.on("pageerror", (e) => page.errors.push(String(e)));
  await page.goto(`${fixtures.url}?${query}`);
  await page.locator("h1").waitFor({ state: "attached" });
  return page;
}

async function axeOn(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const lines = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert(lines.length === 0, lines.join("\n  "));
}

async function lookAt([name, query]) {
  await check(`${name}: axe finds nothing, nothing fails, no other host`, async () => {
    const page = await open(query);
    await axeOn(page);
    assert(page.errors.length === 0, page.errors.join("; "));
    assert(page.foreign.length === 0, page.foreign.join(", "));
    await page.close();
  });
  for (const language of ["uz", "ru"]) {
    await check(`${name}: fits 320 px in ${language}, and every target is large enough`, async () => {
      const page = await open(`${query}&lang=${language}`, { width: 320, height: 640 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      assert((await page.evaluate(() => document.documentElement.lang)) === language, "lang is not set");
      const small = await page.evaluate(() =>
        [
          ...document.querySelectorAll(
            "button, select, summary, input:not([type=checkbox]):not([type=radio]):not([type=range])",
          ),
        ]
          .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 43.5)
          .map((e) => `${e.tagName} ${e.textContent.slice(0, 30)}`),
      );
      assert(small.length === 0, `too small: ${small.join(", ")}`);
      await page.close();
    });
  }
}

// Pages that stand still wait for nobody: a few at a time, for most of it is waiting.
const left = [...PAGES];
async function lookAtTheNext() {
  for (let page = left.shift(); page; page = left.shift()) await lookAt(page);
}
await Promise.all([lookAtTheNext(), lookAtTheNext(), lookAtTheNext()]);

await check("the confirmation before closing: axe, focus inside, escape gives the focus back", async () => {
  const page = await open("page=hearing&role=judge");
  await page.locator("summary", { hasText: "Suspend, adjourn or close" }).click();
  await page.getByTestId("close").click();
  await page.locator("dialog[open]").waitFor();
  await axeOn(page);
  assert(
    await page.evaluate(() => document.querySelector("dialog").contains(document.activeElement)),
    "focus is outside",
  );
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement.dataset.testid === "close");
  await page.close();
});

await check("hiding a witness's picture: axe, one tick for each person but the court", async () => {
  const page = await open("page=hearing&role=judge");
  const witness = page.locator(".person", { hasText: "Witness" }).first();
  await witness.locator("summary").click();
  await witness.locator("[data-testid^=keep-from-]").click();
  await page.locator("dialog[open]").waitFor();
  await axeOn(page);
  const labels = await page.locator("dialog label").allInnerTexts();
  assert(labels.length > 1, "nobody to hide the picture from");
  assert(!labels.some((l) => /Judge|Clerk/.test(l)), labels.join("; "));
  await page.close();
});

await check("the keyboard alone reaches every control of the room, the skip link first", async () => {
  const page = await open("page=hearing&role=judge");
  await page.keyboard.press("Tab");
  assert(
    await page.evaluate(() => document.activeElement.classList.contains("govuk-skip-link")),
    "no skip link first",
  );
  const wanted = await page.evaluate(
    () =>
      [...document.querySelectorAll("a[href], button, select, input, summary")].filter(
        (e) =>
          e.getClientRects().length > 0 &&
          !e.closest("details:not([open])")?.contains(e.closest("details > :not(summary)")),
      ).length,
  );
  const seen = await page.evaluate(() => {
    window.seen = new Set([document.activeElement]);
    document.addEventListener("focusin", (e) => window.seen.add(e.target));
    return 1;
  });
  assert(seen === 1, "");
  for (let i = 0; i < wanted + 5; i++) await page.keyboard.press("Tab");
  const reached = await page.evaluate(
    () => [...window.seen].filter((e) => e.isConnected && e !== document.body).length,
  );
  assert(reached >= wanted, `${reached} of ${wanted} reached`);
  const visible = await page.evaluate(() => {
    const e = document.querySelector("[data-testid=mic-toggle]");
    e.focus();
    return getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e).boxShadow !== "none";
  });
  assert(visible, "the focus does not show");
  await page.close();
});

await check("four people on a phone are all in sight without scrolling", async () => {
  const page = await open("page=hearing&few", { width: 320, height: 640 });
  const bottoms = await page.evaluate(() => {
    const controls = document.querySelector(".controls").getBoundingClientRect().top;
    return [...document.querySelectorAll(".tile")].map((e) =>
      Math.round(controls - e.getBoundingClientRect().bottom),
    );
  });
  assert(bottoms.length === 4, `${bottoms.length} tiles`);
  assert(
    bottoms.every((b) => b >= 0),
    `below the controls by ${Math.min(...bottoms)}`,
  );
  await page.close();
});

await check("tiles are alike, and a picture is never cut", async () => {
  const page = await open("page=hearing&few");
  await page.waitForTimeout(300);
  const tiles = await page.evaluate(() =>
    [...document.querySelectorAll(".tile")].map((e) => {
      const { width, height } = e.getBoundingClientRect();
      return `${Math.round(width)}x${Math.round(height)}`;
    }),
  );
  assert(new Set(tiles).size === 1, tiles.join(" "));
  const fits = await page.evaluate(() =>
    [...document.querySelectorAll(".tile video")].map((v) => getComputedStyle(v).objectFit),
  );
  assert(fits.length > 0 && fits.every((f) => f === "contain"), fits.join(" "));
  await page.close();
});

await court({ check, assert, open });
await moments({ check, assert, open, fixtures });
await standing({ check, assert, open, axeOn });
await keys({ check, assert, open });
await phone({ check, assert, open });
await apart({ check, assert, open });
await links({ check, assert, open, axeOn });
await papers({ check, assert, open });
await devices({ check, assert, fixtures });

await check("the language changes at once and is kept", async () => {
  const page = await open("page=join");
  await page.locator("#language").selectOption("ru");
  await page.getByRole("heading", { name: "Вас приглашают на судебное заседание" }).waitFor();
  assert((await page.evaluate(() => localStorage.getItem("oyer.language"))) === "ru", "not kept");
  await page.close();
});

await check("a link that has expired is explained", async () => {
  const page = await open("page=join-bad");
  await page.getByText("This link has expired").waitFor();
  assert(!page.url().includes("invited"), "");
  await page.close();
});

await check(
  "the player holds six tracks within 100 ms of each other, also after a jump, over files without cues",
  async () => {
    const page = await open("page=recording&role=clerk");
    await page.getByTestId("player-play").click();
    const state = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("[data-testid=player] video, [data-testid=player] audio")].map((e) => ({
          at: e.currentTime,
          paused: e.paused,
          frames: e.getVideoPlaybackQuality?.().totalVideoFrames ?? null,
        })),
      );
    const playing = async (from, to) => {
      await page.waitForFunction(
        ([a, b]) => {
          const all = [
            ...document.querySelectorAll("[data-testid=player] video, [data-testid=player] audio"),
          ];
          return all.length === 6 && all.every((e) => !e.paused && e.currentTime >= a && e.currentTime <= b);
        },
        [from, to],
        { timeout: 40_000 },
      );
      let worst = 0;
      for (let i = 0; i < 12; i++) {
        await page.waitForTimeout(100);
        const times = (await state()).map((s) => s.at);
        worst = Math.max(worst, Math.max(...times) - Math.min(...times));
      }
      return worst;
    };
    const first = await playing(0.5, 6.5);
    assert(first < 0.1, `${Math.round(first * 1000)} ms apart`);
    await page.locator("#position").evaluate((e) => {
      e.value = "7300";
      e.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const second = await playing(7.4, 11.2);
    assert(second < 0.1, `${Math.round(second * 1000)} ms apart after the jump`);
    const frames = (await state()).filter((s) => s.frames !== null).map((s) => s.frames);
    assert(
      frames.every((f) => f > 20),
      `frames ${frames.join(" ")}`,
    );
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-testid=player] video")].every((e) => e.paused),
    );
    console.log(`player: ${Math.round(first * 1000)} ms apart, ${Math.round(second * 1000)} ms after a jump`);
    await page.close();
  },
);

await check(
  "a recording opens on its first picture, plays from its beginning, and folds what is long",
  async () => {
    const page = await open("page=recording&role=clerk");
    const position = () => page.locator("#position").evaluate((e) => Number(e.value));
    assert((await position()) === 400, `opens at ${await position()}`);
    const began = await page.evaluate(async () => {
      document.querySelector("[data-testid=player-play]").click();
      await new Promise((done) => setTimeout(done));
      return Number(document.querySelector("#position").value);
    });
    assert(began < 300, `plays from ${began}`);
    await page.getByTestId("player-play").click();
    await page.getByTestId("fold-gaps").locator("> summary").click();
    const folds = page.getByTestId("gaps");
    assert((await folds.count()) === 5, `${await folds.count()} folds`);
    await folds.filter({ hasText: "3 gaps" }).locator("summary").click();
    await folds.locator("li:visible").nth(2).waitFor();
    assert((await folds.locator("li:visible").count()) === 3, "the gaps of a fold are not shown");
    assert((await page.getByTestId("custody-act").count()) === 7, "acts of custody are not folded");
    await page.getByTestId("fold-custody").locator("> summary").click();
    await page.getByText("every proof held").waitFor();
    await page.close();
  },
);

await testimony({ check, assert, open, axeOn });
await speech({ check, assert, open, axeOn });
await playback({ check, assert, open, axeOn, fixtures });
await sealed({ check, assert, open, axeOn, fixtures });
await timeline({ check, assert, open, axeOn });
await notes({ check, assert, open, axeOn });
await conditions({ check, assert, open, axeOn });
await releases({ check, assert, open, axeOn });
await redactions({ check, assert, open, axeOn });
await h264({ check, assert, open, fixtures });

await check("the report of a verification is shown line by line", async () => {
  const page = await open("page=recording&role=clerk");
  await page.getByTestId("recording-verify").click();
  const result = page.getByTestId("verify-result");
  await result.waitFor();
  assert((await result.getAttribute("data-ok")) === "true", "not ok");
  assert((await result.locator("li").count()) === 4, "lines are missing");
  await result.getByText("4 checks, one by one").click();
  await result.locator("strong", { hasText: "Every file as it was sealed" }).waitFor();
  await axeOn(page);
  await page.close();
});

await browser.close();
await fixtures.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
