// Redaction: ordering, carrying out, and what is told of it.

export async function redactions({ check, assert, open, axeOn }) {
  const unfold = async (page) => {
    const fold = page.getByTestId("fold-redactions");
    await fold.locator("> summary").click();
    return fold;
  };

  await check("a judge orders a redaction by the clock of the player", async () => {
    const page = await open("page=recording&role=judge");
    const fold = await unfold(page);
    await fold.getByText("1 order in force").waitFor();
    assert((await fold.getByTestId("redaction").count()) === 2, "orders are missing");
    await fold.getByTestId("redaction-order-open").click();
    await axeOn(page);
    const player = page.locator("#position");
    const goTo = (ms) =>
      player.evaluate((e, to) => {
        e.value = String(to);
        e.dispatchEvent(new Event("input", { bubbles: true }));
      }, ms);
    await goTo(4_000);
    await fold.getByTestId("redaction-from-here").click();
    await page.waitForFunction(() => document.querySelector("#redaction-from").value === "0:04.000");
    await fold.locator("#redaction-to").fill("0:03.5");
    await fold.getByTestId("redaction-add").click();
    await fold.getByText("The end must come after the beginning.").waitFor();
    await fold.locator("#redaction-to").fill("99:00");
    await fold.getByTestId("redaction-add").click();
    await fold.getByText("The part is not as long as that.").waitFor();
    // An order without an entry is none.
    await fold.getByTestId("redaction-reference").fill("1-1002-2602/118-R3");
    await fold.getByTestId("redaction-order-reason").fill("A name was said");
    await fold.getByTestId("redaction-order").click();
    await fold.getByText("Add at least one entry to the order.").first().waitFor();
    await fold.locator("#redaction-to").fill("0:05.25");
    await fold.locator("#redaction-kind").selectOption("cover");
    await fold.locator("#redaction-person").selectOption({ label: "Zarina Karimova" });
    await fold.getByTestId("redaction-add").click();
    await fold.getByText("Part 1, 0:04.000–0:05.250: picture of Zarina Karimova").first().waitFor();
    await axeOn(page);
    await fold.getByTestId("redaction-order").click();
    await fold.getByText("1-1002-2602/118-R3").waitFor();
    await fold.getByText("2 orders in force").waitFor();
    await fold.getByTestId("redactions-withheld").waitFor();
    await page.close();
  });

  await check(
    "a judge takes entries out of the court log, by the keyboard and on a narrow screen",
    async () => {
      const page = await open("page=recording&role=judge", { width: 320, height: 640 });
      const fold = await unfold(page);
      await fold.getByTestId("redaction-order-open").click();
      const picker = fold.getByTestId("redaction-log-open");
      await picker.focus();
      await page.keyboard.press("Enter");
      const entries = fold.getByTestId("redaction-entry");
      await entries.first().waitFor();
      // Every entry of the log has a box with a label that says which it is and where it stands.
      const boxes = await entries.locator("input").all();
      assert(boxes.length > 5, `${boxes.length} entries`);
      for (const box of boxes) {
        const label = await box.evaluate((e) => e.labels[0]?.textContent ?? "");
        assert(/^No\. \d+, \d/.test(label), label);
      }
      await boxes[0].focus();
      await page.keyboard.press("Space");
      const called = entries.filter({ hasText: "Zarina Karimova" }).first();
      const seq = Number((await called.textContent()).match(/No\. (\d+)/)[1]);
      await called.locator("input").check();
      const leftOut = fold.getByTestId("redaction-left-out-entry");
      assert((await leftOut.count()) === 2, "what will be withheld is not told");
      await leftOut.first().getByText("stays, without its text").waitFor();
      // An interval takes out what it has of the log, and that is told as well.
      await fold.locator("#redaction-from").fill("0:02.9");
      await fold.locator("#redaction-to").fill("0:03.1");
      await fold.getByTestId("redaction-add").click();
      await leftOut.getByText("lies in an interval").first().waitFor();
      await axeOn(page);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      if (process.env.SHOTS) {
        await picker.scrollIntoViewIfNeeded();
        await page.screenshot({ path: `${process.env.SHOTS}/redaction-log-en.png`, fullPage: true });
      }
      // Taken back from the list, by the keyboard; then the interval goes as well: one entry alone is an order.
      await leftOut.first().getByRole("button").focus();
      await page.keyboard.press("Enter");
      assert(!(await boxes[0].isChecked()), "it is still chosen");
      await fold.getByTestId("redaction-interval").last().getByRole("button").click();
      await fold.getByTestId("redaction-reference").fill("1-1002-2602/118-R9");
      await fold.getByTestId("redaction-order-reason").fill("An address was written down");
      await fold.getByTestId("redaction-order").click();
      await fold.getByText("1-1002-2602/118-R9").waitFor();
      const told = fold
        .getByTestId("redaction")
        .filter({ hasText: "118-R9" })
        .getByTestId("redaction-log-entries");
      assert((await told.textContent()).endsWith(`: ${seq}`), await told.textContent());
      await page.close();
    },
  );

  await check("the clerk carries it out and orders nothing", async () => {
    const page = await open("page=recording&role=clerk");
    const fold = await unfold(page);
    await fold.getByText("Only a judge orders a redaction.").waitFor();
    assert((await fold.getByTestId("redaction-order-open").count()) === 0, "the form is there");
    assert((await fold.getByTestId("redaction-lift-open").count()) === 0, "lifting is there");
    await fold.getByTestId("redaction-make").click();
    await fold.getByTestId("redaction-progress").waitFor();
    await fold.locator("[data-testid=redacted-copy][data-current=true]").waitFor();
    assert((await fold.getByTestId("redactions-withheld").count()) === 0, "it is still withheld");
    await axeOn(page);
    await page.close();
  });

  await check("an order is lifted with a reason", async () => {
    const page = await open("page=recording&role=judge");
    const fold = await unfold(page);
    await fold.getByTestId("redaction-lift-open").click();
    await fold.getByTestId("redaction-lift-reason").fill("The witness agrees");
    await fold.getByTestId("redaction-lift").click();
    await fold.getByText("The witness agrees").waitFor();
    await fold.getByText("no order in force").waitFor();
    await page.close();
  });

  await check("a redacted copy says that it is one, and is watched as a film", async () => {
    const page = await open("page=recording&role=clerk&redacted&copied");
    const notice = page.getByTestId("redacted");
    await notice.getByText("Order 1-1002-2602/118-R2").waitFor();
    await notice.getByText("sound of Zarina Karimova").waitFor();
    await page.getByTestId("access-video").waitFor();
    assert((await page.getByTestId("player").count()) === 0, "a player without tracks is shown");
    for (const id of ["redactions", "requests", "annotations"])
      assert((await page.getByTestId(`fold-${id}`).count()) === 0, `${id} is shown`);
    await axeOn(page);
    await page.close();
  });

  await check(
    "whoever is released a redacted recording reads by which order, and when it is not ready",
    async () => {
      const page = await open("page=release&nobody&secret=good&redacted");
      await page.getByTestId("release-open").click();
      await page.getByText("redacted by order of the court: 1-1002-2602/118-R2").waitFor();
      await page.getByTestId("release-video").waitFor();
      await axeOn(page);
      await page.close();
      const early = await open("page=release&nobody&secret=good&redacted&withheld");
      await early.getByTestId("release-open").click();
      await early.getByText("The redacted copy is not ready yet.").waitFor();
      assert((await early.getByTestId("release-video").count()) === 0, "something is shown");
      await early.close();
      const party = await open("page=recordings&role=defence_counsel&redacted");
      await party.getByTestId("recorded-redacted").waitFor();
      await axeOn(party);
      await party.close();
    },
  );

  for (const language of ["uz", "ru"])
    await check(
      `redactions read in ${language}: no role in English, and the title beside its mark`,
      async () => {
        const page = await open(`page=recording&role=judge&lang=${language}`, { width: 320, height: 640 });
        const fold = page.getByTestId("fold-redactions");
        await fold.locator("> summary").click();
        await fold.getByText("118-R2").first().waitFor();
        const said = await fold.textContent();
        assert(!/\((judge|clerk)\)/.test(said), said);
        await fold.getByTestId("redaction-order-open").click();
        await fold.getByTestId("redaction-log-open").click();
        await fold.getByTestId("redaction-entry").locator("input").nth(2).check();
        await fold.getByTestId("redaction-left-out").waitFor();
        await axeOn(page);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert(width <= 320, `${width} px wide`);
        if (process.env.SHOTS) {
          await fold.getByTestId("redaction-log-open").scrollIntoViewIfNeeded();
          await page.screenshot({
            path: `${process.env.SHOTS}/redaction-log-${language}.png`,
            fullPage: true,
          });
        }
        const below = await fold.locator("> summary").evaluate((summary) => {
          const top = summary.getBoundingClientRect().top;
          return summary.querySelector("h2").getBoundingClientRect().top - top;
        });
        assert(below < 16, `the title is ${below} px below its mark's line`);
        await page.close();
      },
    );
}
