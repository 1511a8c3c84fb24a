// The player compares what it plays with what was sealed, and says what came of it.

const CLERK = "page=recording&role=clerk";
const SOUND = "segment-001/witness-microphone.webm";
const CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);

/** The clusters of a file: where each begins, and its time in milliseconds. */
function clustersOf(bytes) {
  const found = [];
  for (let at = bytes.indexOf(CLUSTER); at >= 0; at = bytes.indexOf(CLUSTER, at + 4)) {
    const time = bytes.indexOf(0xe7, at + 4);
    const length = bytes[time + 1] & 0x0f;
    found.push({ at, ms: bytes.readUIntBE(time + 2, length) });
  }
  return found;
}

export async function sealed({ check, assert, open, axeOn, fixtures }) {
  const origin = new URL(fixtures.url).origin;
  const openWith = async (routes, query = CLERK, viewport = undefined) => {
    const page = await open("page=unknown", viewport);
    for (const [pattern, answer] of routes) await page.route(pattern, answer);
    await page.goto(`${fixtures.url}?${query}`);
    await page.getByTestId("player").waitFor();
    return page;
  };
  const file = async (name) =>
    Buffer.from(await (await fetch(`${origin}/dev-media/track/${name}`)).arrayBuffer());

  /** Serves a file of which one byte was changed. */
  const changed = (at) => async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    const from = Number(/^bytes (\d+)-/.exec(answer.headers()["content-range"] ?? "")?.[1] ?? 0);
    if (at >= from && at < from + body.length) body[at - from] ^= 1;
    await route.fulfill({ response: answer, body });
  };

  /** A byte in the witness's sound in the piece that begins with the seventh cluster, and when that plays. */
  const target = async () => {
    const bytes = await file(SOUND);
    const { at, ms } = clustersOf(bytes)[6];
    return { at: at + 200, ms, pattern: `**/dev-media/track/${SOUND}` };
  };

  await check("what plays is compared with the seal, and the page says how much of it", async () => {
    const page = await openWith([]);
    const line = page.locator("[data-testid=sealed][data-state=same]");
    await line.getByText("What you see and hear is what was sealed").waitFor();
    const count = page.getByTestId("sealed-count");
    const total = Number(await count.getAttribute("data-total"));
    const ledger = await (await fetch(`${origin}/dev-media/fragments.tsv`)).text();
    assert(total === ledger.trimEnd().split("\n").length - 1, `${total} pieces`);
    // All is loaded of so short a recording.
    await page.waitForFunction(
      (all) => Number(document.querySelector("[data-testid=sealed-count]").dataset.same) === all,
      total,
    );
    await line.locator("summary").click();
    await line.getByText("the signature is not checked here").waitFor();
    await axeOn(page);
    assert((await page.getByTestId("sealed-alarm").count()) === 0, "an alarm");
    await page.close();
  });

  await check("one byte that is not as it was sealed: alarm, whose track, from which second", async () => {
    const { at, ms, pattern } = await target();
    const page = await openWith([[pattern, changed(at)]]);
    const alarm = page.getByTestId("sealed-alarm");
    await alarm.getByText("Part of this is not what was sealed").waitFor();
    const differs = page.getByTestId("sealed-differs");
    await page.waitForFunction(
      () => document.querySelector("[data-testid=sealed-differs]")?.dataset.from !== "",
    );
    assert((await differs.count()) === 1, `${await differs.count()} places`);
    assert(Number(await differs.getAttribute("data-from")) === ms, await differs.getAttribute("data-from"));
    const second = String(Math.floor(ms / 1000)).padStart(2, "0");
    await page
      .locator("[data-testid=sealed-differs]", {
        hasText: `Sound of Zarina Karimova, part 1: from 0:${second} to 0:`,
      })
      .waitFor();
    assert(
      await alarm.evaluate((e) => e.closest("[role=alert]") !== null),
      "not told to a screen reader at once",
    );
    assert((await page.getByTestId("sealed").count()) === 0, "it is also said to be what was sealed");
    await axeOn(page);
    // Beside the controls as well, with the way to it.
    await page.getByTestId("sealed-reminder").getByRole("button").click();
    await page.waitForFunction(() => {
      const { top, bottom } = document.querySelector("[data-testid=sealed-alarm]").getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
    // The tile says so at that moment, and at no other.
    assert((await page.getByTestId("tile-differs").count()) === 0, "said before its time");
    await differs.getByRole("button").click();
    const tile = page.locator(".player__tile", { hasText: "Zarina Karimova" });
    await tile.getByTestId("tile-differs").waitFor();
    assert((await page.getByTestId("tile-differs").count()) === 1, "said of others");
    await page.close();
  });

  await check("a list that is not the sealed one is told, and nothing is called checked", async () => {
    const other = async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace("\t0\t", "\t00\t") });
    };
    for (const list of ["fragments.tsv", "manifest-sha256.txt"]) {
      const answer = list === "fragments.tsv" ? other : (route) => route.fulfill({ body: "nothing\n" });
      const page = await openWith([[`**/dev-media/${list}`, answer]]);
      await page.getByTestId("sealed-alarm").getByText("What was sealed cannot be told here").waitFor();
      assert((await page.getByTestId("sealed").count()) === 0, `${list}: called checked`);
      await axeOn(page);
      await page.close();
    }
  });

  await check(
    "without the list it plays and says that nothing is checked; with it, what was missed",
    async () => {
      const page = await openWith([
        ["**/dev-media/fragments.tsv", (route) => route.fulfill({ status: 503 })],
      ]);
      const line = page.getByTestId("sealed");
      await line.getByText("Not checked just now").waitFor();
      await axeOn(page);
      await page.getByTestId("player-play").click();
      await page.waitForFunction(() => Number(document.querySelector("#position").value) > 300);
      await page.unroute("**/dev-media/fragments.tsv");
      await page.getByTestId("sealed-again").click();
      await page.locator("[data-testid=sealed]:not([data-state=none])").waitFor();
      // What was loaded before was not compared, and is not said to be what was sealed.
      assert((await page.locator("[data-testid=sealed][data-state=same]").count()) === 0, "called sealed");
      await page.close();
    },
  );

  await check("a browser without hashes claims nothing", async () => {
    const page = await open("page=unknown");
    await page.addInitScript(() =>
      Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined, configurable: true }),
    );
    await page.goto(`${fixtures.url}?${CLERK}`);
    const line = page.locator("[data-testid=sealed][data-state=none]");
    await line.getByText("Not checked here").waitFor();
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 300);
    assert((await line.count()) === 1, "it claims something");
    await page.close();
  });

  for (const language of ["en", "uz", "ru"])
    await check(`the alarm fits 320 px in ${language}, every target large enough`, async () => {
      const { at, pattern } = await target();
      const routes = [[pattern, changed(at)]];
      const page = await openWith(routes, `${CLERK}&lang=${language}`, { width: 320, height: 640 });
      await page.getByTestId("sealed-differs").locator("button").waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      const height = await page
        .locator("[data-testid=sealed-alarm] button")
        .evaluate((e) => e.getBoundingClientRect().height);
      assert(height >= 43.5, `${height} px high`);
      await page.close();
    });

  await check(
    "a list that is long in coming says so; one can play without it, and nothing is called compared",
    async () => {
      let come = () => undefined;
      const wait = new Promise((done) => {
        come = done;
      });
      const late = async (route) => {
        await wait;
        await route.continue();
      };
      const phone = { width: 360, height: 740 };
      const page = await openWith([["**/dev-media/fragments.tsv", late]], CLERK, phone);
      const go = page.getByTestId("sealed-go-on");
      await go.waitFor();
      await axeOn(page);
      // By the keyboard: the button goes, and the focus is where it is said what follows.
      await go.focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.activeElement.id === "sealed-stands");
      const said = await page.evaluate(() => document.activeElement.textContent);
      assert(said.includes("not compared with the seal"), said);
      await page.getByTestId("player-play").click();
      await page.waitForFunction(() => Number(document.querySelector("#position").value) > 500, null, {
        timeout: 40_000,
      });
      const line = page.getByTestId("sealed");
      assert(
        (await line.getAttribute("data-state")) === "none",
        "something is said of what was not compared",
      );
      assert((await page.getByTestId("sealed-count").count()) === 0, "something is counted");
      come();
      await page.locator("[data-testid=sealed]:not([data-state=none])").waitFor();
      assert((await line.getAttribute("data-state")) !== "same", "all is called as it was sealed");
      await page.close();
    },
  );
}
