// What a nervous person must see at once: tests of single moments, in the pages from fixed data.

const PHONE = { width: 360, height: 740 };
const SMALL_PHONE = { width: 320, height: 568 };

/** Whether something can be pressed without scrolling, and nothing lies over it. */
const inSight = (page, testid) =>
  page.evaluate((id) => {
    const element = document.querySelector(`[data-testid="${id}"]`);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && element.contains(over);
  }, testid);

/** The page's clock, stopped: time goes on only when the test says so. */
async function withClock(page, fixtures, query) {
  await page.clock.install();
  await page.goto(`${fixtures.url}?${query}`);
  await page.locator("h1").waitFor({ state: "attached" });
}

export async function moments({ check, assert, open, fixtures }) {
  await check("a witness who is called reads it and hears it, for fifteen seconds", async () => {
    const page = await open("page=join", PHONE);
    await withClock(page, fixtures, "page=waiting");
    assert((await page.getByTestId("word").count()) === 0, "a word before anything happened");
    await page.evaluate(() =>
      window.now({}, { state: "in_hearing", room: "hearing_room", testimony: "called" }),
    );
    const word = page.getByTestId("word");
    await word.waitFor();
    const text = await word.textContent();
    assert(/The court has called you.*Everyone in the room sees and hears you/.test(text), text);
    const said = await page.getByTestId("announcer-word").textContent();
    assert(said === text.trim(), `announced: ${said}`);
    await page.clock.runFor(14_000);
    assert((await word.count()) === 1, "it goes too early");
    await page.clock.runFor(2_000);
    await word.waitFor({ state: "detached" });
    await page.evaluate(() => window.now({}, { testimony: "sworn" }));
    await word.getByText("entered your oath").waitFor();
    await word.getByRole("button").click();
    await word.waitFor({ state: "detached" });
    await page.close();
  });

  await check(
    "whoever is called without camera and microphone is told that nobody sees or hears them",
    async () => {
      const page = await open("page=waiting&denied");
      await page.locator('[data-testid="waiting-ready"][data-ready="nothing"]').waitFor();
      await page.evaluate(() => window.now({}, { state: "in_hearing", room: "hearing_room" }));
      await page.getByTestId("word").getByText("Nobody sees or hears you").waitFor();
      await page.getByText("Nobody can see or hear you until you allow them").waitFor();
      await page.close();
    },
  );

  for (const language of ["en", "uz", "ru"]) {
    await check(`the way on is in sight on a phone: link and equipment check, in ${language}`, async () => {
      for (const phone of [PHONE, SMALL_PHONE])
        for (const [query, testid] of [
          ["page=join", "join-continue"],
          ["page=check", "check-continue"],
          ["page=check-bad", "check-continue"],
          ["page=check-bad", "check-again"],
          ["page=check&role=observer", "check-play"],
        ]) {
          const page = await open(`${query}&lang=${language}`, phone);
          await page.getByTestId(testid).waitFor();
          assert(await inSight(page, testid), `${query}, ${phone.width} px: ${testid} is out of sight`);
          await page.close();
        }
    });
  }

  await check("after a refusal there are steps, no empty lists, and trying again comes first", async () => {
    const page = await open("page=check-bad", PHONE);
    await page.getByText("Allow the camera and the microphone there.").waitFor();
    assert((await page.locator("#microphone, #camera").count()) === 0, "empty lists");
    const buttons = await page.locator(".check__buttons button").allTextContents();
    assert(buttons[0] === "Try again", buttons.join(", "));
    assert(buttons[1] === "Go on without camera and microphone", buttons.join(", "));
    await page.close();
  });

  await check("whom the court has silenced the button tells so, and what to do", async () => {
    const page = await open("page=hearing&few&silenced");
    const button = page.getByTestId("mic-toggle");
    assert((await button.textContent()) === "Silenced by the court", await button.textContent());
    const top = () => page.locator(".controls").evaluate((e) => e.getBoundingClientRect().top);
    const before = await top();
    await button.click();
    await page.getByTestId("silenced-note").getByText("raise your hand").waitFor();
    assert((await top()) === before, "what is said again covers the pictures");
    const acts = await page.evaluate(() => window.live.hearing.acts.value.length);
    assert(acts === 0, "the press did something else");
    await page.evaluate(() => window.now({}, { muted: false }));
    await page.getByTestId("word").getByText("The court lets you speak again.").waitFor();
    assert((await button.textContent()) === "Mute", await button.textContent());
    await page.close();
  });

  await check("the own picture says that only oneself sees it while the hearing stands still", async () => {
    const page = await open("page=hearing&few");
    assert((await page.getByTestId("unseen").count()) === 0, "said in session");
    await page.evaluate(() => window.now({ state: "paused" }));
    await page.getByTestId("self-tile").getByText("Only you see this").waitFor();
    await page.close();
  });

  await check("a witness is told of a failing record in other words than the court", async () => {
    for (const [role, words] of [
      ["witness", "the court has been told"],
      ["judge", "tell the clerk"],
    ]) {
      const page = await open(`page=paused&role=${role}`);
      await page.locator('[data-banner="record-failing"]').getByText(words).waitFor();
      await page.close();
    }
  });

  await check("tiles have their size when they are first painted", async () => {
    const page = await open("page=join", PHONE);
    await page.addInitScript(() => {
      window.widths = new Set();
      const look = () => {
        for (const tile of document.querySelectorAll(".tile"))
          if (getComputedStyle(tile).visibility === "visible")
            window.widths.add(Math.round(tile.getBoundingClientRect().width));
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${fixtures.url}?page=hearing&few`);
    await page.getByTestId("tile").first().waitFor();
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
    const widths = await page.evaluate(() => [...window.widths]);
    assert(widths.length === 1, `widths ${widths.join(", ")}`);
    await page.close();
  });

  await check("on a phone a press shows a picture whole, and another puts it back", async () => {
    const page = await open("page=hearing&few", PHONE);
    const tile = page.getByTestId("tile").first();
    const fitting = () => tile.locator("video").evaluate((v) => getComputedStyle(v).objectFit);
    const small = (await tile.boundingBox()).width;
    assert((await fitting()) === "cover", await fitting());
    await tile.getByRole("button").click();
    assert((await tile.boundingBox()).width > 1.8 * small, "not larger");
    assert((await fitting()) === "contain", await fitting());
    await tile.getByRole("button").click();
    assert(Math.abs((await tile.boundingBox()).width - small) < 1, "not as before");
    await page.close();
  });

  await check("the pictures fill a phone: less than a third of the stage stays empty", async () => {
    const page = await open("page=hearing&few", PHONE);
    const used = await page.evaluate(() => {
      const bottom = document.querySelector(".controls").getBoundingClientRect().top;
      const stage = document.querySelector(".room__stage").getBoundingClientRect();
      const area = [...document.querySelectorAll(".tile")]
        .map((e) => e.getBoundingClientRect())
        .reduce((sum, r) => sum + r.width * r.height, 0);
      return area / (stage.width * (bottom - stage.top));
    });
    assert(used > 0.67, `${Math.round(100 * used)} per cent used`);
    await page.close();
  });

  await check("the judge reads what becomes of the recording, a witness does not", async () => {
    const judge = await open("page=ended&role=judge");
    await judge.getByText("is sealed and goes into the case file").waitFor();
    await judge.close();
    const witness = await open("page=ended");
    await witness.getByText("Thank you for taking part").waitFor();
    await witness.close();
  });
}
