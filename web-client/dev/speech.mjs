/** The recording page's list of who spoke, as a browser shows it. */
export async function speech({ check, assert, open, axeOn }) {
  await check("who spoke is told by person, plays from there, and is in no line of the log", async () => {
    const page = await open("page=recording&role=clerk");
    await page.getByTestId("fold-log").locator("> summary").click();
    const kinds = await page
      .locator("[data-testid=log-part] [data-kind]")
      .evaluateAll((rows) => rows.map((row) => row.dataset.kind));
    assert(kinds.length === 6, `${kinds.length} lines`);
    assert(!kinds.some((kind) => kind.startsWith("speech")), kinds.join(" "));
    const fold = page.getByTestId("fold-speech");
    await fold.getByText("2 people").waitFor();
    await fold.locator("> summary").click();
    const people = fold.getByTestId("speaker");
    assert((await people.count()) === 2, `${await people.count()} people`);
    const first = await people.first().locator("summary").textContent();
    assert(/Nodira Yusupova\s*2 times, 0:04\.5/.test(first), first);
    await people.first().locator("summary").click();
    await people.last().locator("summary").click();
    await axeOn(page);
    const spell = people.last().getByTestId("spell");
    await spell.getByText("Part 1, 0:06.2–0:08.2").waitFor();
    await spell.getByRole("button", { name: "Play from 0:06 Zarina Karimova" }).click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) >= 6_200);
    await page.close();
  });
  for (const language of ["en", "uz", "ru"]) {
    await check(`who spoke, unfolded: fits 320 px in ${language}, every target large enough`, async () => {
      const page = await open(`page=recording&role=clerk&lang=${language}`, { width: 320, height: 640 });
      await page.getByTestId("fold-speech").locator("> summary").click();
      for (const person of await page.getByTestId("speaker").all()) await person.locator("summary").click();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      await page.getByTestId("spell").nth(2).waitFor();
      const heights = await page
        .locator("[data-testid=speaker] button, [data-testid=speaker] summary")
        .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height));
      assert(heights.length === 5 && heights.every((h) => h >= 43.5), heights.join(" "));
      await page.close();
    });
  }
}
