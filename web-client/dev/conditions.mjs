// How recordings stand: what needs somebody is on the front page, in the case file and on the recording, and goes when it is over.

export async function conditions({ check, assert, open, axeOn }) {
  const texts = async (page, id) => (await page.getByTestId(id).allInnerTexts()).join("\n");

  await check(
    "the front page of the court has an alarm with the way there, and none while all is well",
    async () => {
      const well = await open("page=home&role=clerk");
      await well.locator(".cases__row").first().waitFor();
      assert((await well.getByTestId("alarms").count()) === 0, "an alarm while all is well");
      await well.close();
      const page = await open("page=home&role=judge&stands=damaged");
      const alarms = page.getByTestId("alarms");
      await alarms.getByText("1 recording needs somebody").waitFor();
      assert((await alarms.textContent()).includes("it is damaged"), await alarms.textContent());
      const href = await alarms.getByTestId("alarm-link").getAttribute("href");
      assert(href === "/recording/00000000-0000-7000-8000-000000000902", href);
      await axeOn(page);
      await alarms.getByTestId("alarm-link").click();
      await page.getByTestId("condition-alarm").waitFor();
      assert((await texts(page, "condition-alarm")).startsWith("Damaged: on "), "the recording says nothing");
      await page.close();
    },
  );

  await check("many alarms are a few names and a number, and the store's is said once", async () => {
    const page = await open("page=home&role=clerk&stands=many");
    const alarms = page.getByTestId("alarms");
    await alarms.getByText("23 recordings need somebody").waitFor();
    assert((await alarms.getByTestId("alarm-link").count()) === 5, "more or fewer names");
    assert((await alarms.textContent()).includes("And 18 more."), await alarms.textContent());
    assert((await alarms.getByTestId("alarms-store").count()) === 1, "the store is not named");
    // What is not sealed has no page of its own.
    const href = await alarms.getByTestId("alarm-link").first().getAttribute("href");
    assert(href.startsWith("/case/"), href);
    await page.close();
  });

  await check("a store that is away is an alarm also where every recording is copied", async () => {
    const page = await open("page=home&role=clerk&stands=kept");
    const alarms = page.getByTestId("alarms");
    await alarms.getByText("The second store needs somebody").waitFor();
    assert((await alarms.getByTestId("alarm-link").count()) === 0, "a recording is named");
    await page.close();
  });

  for (const role of ["panel_member", "defence_counsel", "witness"]) {
    await check(`the alarm is not asked for, and not shown, to a ${role}`, async () => {
      const page = await open(`page=home&role=${role}&stands=damaged`);
      await page.waitForLoadState("networkidle");
      assert((await page.getByTestId("alarms").count()) === 0, "it is shown");
      const asked = await page.evaluate(() => window.asked.filter((p) => /alarms|condition/.test(p)));
      assert(asked.length === 0, asked.join());
      await page.close();
    });
  }

  for (const [stands, alarm, calm] of [
    ["well", null, "Copied to the second store"],
    ["alone", null, "No second store is set up"],
    ["damaged", "Do not rely on it", "Copied to the second store"],
    ["mended", null, "a check found all of it as it was sealed"],
    ["waiting", null, "Waits to be copied"],
    ["away", "there is another store where the second store should be", null],
    ["kept", null, "there is another store where the second store should be"],
    ["differs", "could not be mended", null],
    ["clear", "Not encrypted where it lies", "A key cannot be made or read"],
  ]) {
    for (const place of ["case", "recording"]) {
      await check(`a recording that is ${stands} says so: ${place}`, async () => {
        const page = await open(`page=${place}&role=clerk&stands=${stands}`);
        const condition = page.getByTestId("condition").first();
        await condition.waitFor();
        const alarms = await texts(page, "condition-alarm");
        assert(alarm ? alarms.includes(alarm) : alarms === "", alarms);
        const said = await condition.textContent();
        assert(!calm || said.includes(calm), said);
        if (alarm) await axeOn(page);
        await page.close();
      });
    }
  }

  await check(
    "what could not be sealed stands in the case file, with since when, why, and what to do",
    async () => {
      const page = await open("page=case&role=clerk&stands=unsealed");
      const row = page.getByTestId("unsealed-row");
      await row.waitFor();
      const said = await row.textContent();
      for (const part of [
        "Not sealed: each attempt since",
        "no room on the server’s disk",
        "tries again by itself",
      ])
        assert(said.includes(part), said);
      await axeOn(page);
      await page.close();
      const missing = await open("page=case&role=clerk&stands=missing");
      await missing.getByTestId("unsealed-row").getByText("when it is next started").waitFor();
      await missing.close();
      const sealing = await open("page=case&role=clerk&stands=sealing");
      await sealing.getByTestId("unsealed-row").getByText("is being sealed").waitFor();
      assert((await sealing.getByTestId("condition-alarm").count()) === 0, "sealing is an alarm");
      await sealing.close();
    },
  );

  await check("a recording that cannot be read says why", async () => {
    const page = await open("page=recording&role=clerk&stands=damaged&unreadable");
    await page.getByTestId("condition-alarm").getByText("Damaged").waitFor();
    await page.close();
  });

  for (const language of ["uz", "ru"]) {
    for (const query of [
      "page=home&role=clerk&stands=many",
      "page=case&role=clerk&stands=unsealed",
      "page=case&role=clerk&stands=away",
      "page=recording&role=clerk&stands=damaged",
      "page=recording&role=clerk&stands=differs",
      "page=recording&role=clerk&stands=clear",
    ]) {
      await check(`alarms fit 320 px in ${language}: ${query}`, async () => {
        const page = await open(`${query}&lang=${language}`, { width: 320, height: 640 });
        await page.locator("[data-testid=alarms], [data-testid=condition-alarm]").first().waitFor();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert(width <= 320, `${width} px wide`);
        await page.close();
      });
    }
  }
}
