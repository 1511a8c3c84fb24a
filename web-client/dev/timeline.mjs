// The line below the player's pictures: who spoke, markers, gaps; and the court log in time with the pictures.

const CLERK = "page=recording&role=clerk";

/** Moves the player to a moment. */
const goTo = (page, ms) =>
  page.locator("#position").evaluate((e, to) => {
    e.value = String(to);
    e.dispatchEvent(new Event("input", { bubbles: true }));
  }, ms);
const position = (page) => page.locator("#position").evaluate((e) => Number(e.value));
const isAt = (page, ms) =>
  page.waitForFunction((at) => Number(document.querySelector("#position").value) === at, ms);

export async function timeline({ check, assert, open, axeOn }) {
  await check(
    "a line for each person says who speaks and what is missing, in words and in time",
    async () => {
      const page = await open(CLERK);
      const lanes = page.getByTestId("lane");
      await lanes.first().waitFor();
      assert((await lanes.count()) === 3, `${await lanes.count()} lanes`);
      const witness = lanes.filter({ hasText: "Zarina Karimova" });
      await witness.getByText("Sound missing: switched off, 0:01.6").waitFor();
      await witness.getByText("Sound missing: lost on the network, 0:00.9").waitFor();
      const speaking = page.getByTestId("speaking");
      await goTo(page, 5_000);
      await speaking.getByText("Nobody is noted as speaking").waitFor();
      assert((await page.getByTestId("missing-now").textContent()) === "", "something is said to be missing");
      await goTo(page, 7_000);
      await speaking.getByText("Speaking: Zarina Karimova").waitFor();
      await page.getByText("Missing just now: Sound of Zarina Karimova (switched off)").waitFor();
      assert(
        (await page.locator("[data-testid=lane][data-speaks=true]").count()) === 1,
        "more than one speaks",
      );
      // One drawing for all of a person's times.
      const drawn = await witness.locator("svg path").count();
      assert(drawn === 5, `${drawn} drawings`);
      await axeOn(page);
      await page.close();
    },
  );

  await check("a line is walked by the arrow keys, and pressed anywhere", async () => {
    const page = await open(CLERK);
    const judge = page.getByTestId("lane").filter({ hasText: "Nodira Yusupova" }).getByRole("button");
    await goTo(page, 0);
    await isAt(page, 0);
    await judge.focus();
    for (const [key, ms] of [
      ["Enter", 8_500],
      ["ArrowLeft", 500],
      ["ArrowRight", 8_500],
      ["ArrowRight", 8_500],
    ]) {
      await page.keyboard.press(key);
      await isAt(page, ms);
    }
    const line = judge.locator("svg");
    const { x, y, width, height } = await line.boundingBox();
    await page.mouse.click(x + width / 4, y + height / 2);
    await page.waitForFunction(() => Number(document.querySelector("#position").value) < 4_000);
    assert(Math.abs((await position(page)) - 3_000) < 100, `${await position(page)}`);
    // Nobody is offered to go to where somebody spoke who did not.
    const counsel = page.getByTestId("lane").filter({ hasText: "Elena Sokolova" });
    assert((await counsel.getByRole("button").count()) === 0, "a silent person's line can be pressed");
    await page.close();
  });

  await check("lines, markers and the seek bar tell the same moment at the same place", async () => {
    for (const width of [1280, 360]) {
      const page = await open(CLERK, { width, height: 800 });
      await page.getByTestId("lane").first().waitFor();
      const ends = await page.locator(".timeline__drawing").evaluateAll((all) =>
        all.map((e) => {
          const { left, right } = e.getBoundingClientRect();
          return `${Math.round(left)} ${Math.round(right)}`;
        }),
      );
      assert(new Set(ends).size === 1, ends.join(", "));
      const [left, right] = ends[0].split(" ").map(Number);
      const bar = await page.locator("#position").boundingBox();
      assert(
        Math.abs(bar.x + 8 - left) <= 1 && Math.abs(bar.x + bar.width - 8 - right) <= 1,
        `${bar.x} ${left}`,
      );
      await page.close();
    }
  });

  await check("markers are on the line with their words, and lead to their moment", async () => {
    const page = await open(CLERK);
    const marker = page.getByTestId("timeline-marker");
    assert((await marker.count()) === 1, `${await marker.count()} markers`);
    await marker.getByText("Shown exhibit 4").waitFor();
    await marker.click();
    await isAt(page, 8_000);
    await page.close();
  });

  await check("the court log stands below the picture when it happened, in the page's language", async () => {
    for (const language of ["en", "uz", "ru"]) {
      const page = await open(`${CLERK}&lang=${language}`);
      const captions = page.getByTestId("captions");
      const words = () => captions.textContent();
      await goTo(page, 2_900);
      await captions.locator("p").first().waitFor();
      const before = await words();
      assert(!before.includes("Zarina Karimova"), `said before it happened: ${before}`);
      await goTo(page, 3_000);
      await captions.getByText("Zarina Karimova").waitFor();
      // By the words of the log's own list.
      await page.getByTestId("fold-log").locator("> summary").click();
      const own = await page.locator("[data-kind=called] strong").textContent();
      assert((await words()).includes(own), `${await words()} without ${own}`);
      await axeOn(page);
      await page.getByTestId("captions-switch").click();
      await captions.waitFor({ state: "detached" });
      await page.close();
    }
  });
}
