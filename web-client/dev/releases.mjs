// Requests and releases, retention and disposal: asking, deciding, opening, and what is told of what was played.

export async function releases({ check, assert, open, axeOn }) {
  const fold = async (page, id) => page.getByTestId(`fold-${id}`).locator("> summary").click();

  await check("the court grants a request for some days, and the link is shown once", async () => {
    const page = await open("page=recording&role=judge");
    await fold(page, "requests");
    const request = page.getByTestId("request").first();
    await request.getByTestId("request-grant-open").click();
    await axeOn(page);
    const grant = request.getByTestId("request-grant");
    await grant.click();
    assert((await request.getAttribute("data-state")) === "pending", "granted without a reason");
    await request.getByTestId("request-grant-reason").fill("Counsel of record");
    await grant.click();
    const link = await request.locator("[data-testid=release-link-made] input").inputValue();
    assert(link.includes("/release#"), link);
    await axeOn(page);
    await request.getByTestId("release-link-close").click();
    await page.locator("[data-testid=request][data-opens=true]").nth(1).waitFor();
    assert((await page.locator("[data-testid=release-link-made]").count()) === 0, "the link is still shown");
    await page.close();
  });

  await check("a release is withdrawn with a reason, and says so", async () => {
    const page = await open("page=recording&role=judge");
    await fold(page, "requests");
    const released = page.locator("[data-testid=request][data-opens=true]");
    await released.getByTestId("release-withdraw-open").click();
    await released.getByTestId("release-withdraw-reason").fill("Counsel was replaced again");
    await released.getByTestId("release-withdraw").click();
    await page.getByText("Counsel was replaced again").waitFor();
    assert((await released.count()) === 0, "it still opens");
    await page.close();
  });

  await check("a member of the panel decides about nothing", async () => {
    const page = await open("page=recording&role=panel_member");
    await page.getByTestId("fold-custody").waitFor();
    assert((await page.getByTestId("fold-requests").count()) === 0, "requests are shown");
    await page.close();
  });

  await check("counsel asks for a recording and opens what was released to them", async () => {
    const page = await open("page=recordings&role=defence_counsel");
    await page.getByTestId("request-ask-open").click();
    await page.getByTestId("request-ask-reason").fill("To prepare the appeal again");
    await page.getByTestId("request-ask").click();
    await page.getByText("To prepare the appeal again").waitFor();
    await page.getByTestId("release-open").click();
    await page.getByTestId("release-video").waitFor();
    await axeOn(page);
    await page.close();
  });

  await check(
    "a link opens a release by a press, and not before; its secret leaves the address",
    async () => {
      const page = await open("page=release&nobody&secret=good");
      assert((await page.getByTestId("release-video").count()) === 0, "opened without a press");
      assert(!page.url().includes("#good"), page.url());
      await page.getByTestId("release-open").focus();
      await page.keyboard.press("Enter");
      await page.getByTestId("release-video").waitFor();
      const focused = await page.evaluate(() => document.activeElement?.dataset.testid ?? "nothing");
      assert(focused === "release-title", `the focus is on ${focused}`);
      await axeOn(page);
      await page.close();
      const over = await open("page=release&nobody&secret=old");
      await over.getByTestId("release-open").click();
      await over.getByText("This release is over").waitFor();
      assert((await over.getByTestId("release-open").count()) === 0, "what is over is offered again");
      await over.close();
    },
  );

  await check(
    "what is played of a recording is told, from where to where, and nothing that was jumped over",
    async () => {
      const page = await open("page=recording&role=clerk");
      const play = page.getByTestId("player-play");
      const position = () => page.locator("#position").evaluate((e) => Number(e.value));
      const played = () => page.evaluate(() => window.playbacks);
      await play.click();
      await page.waitForFunction(() => Number(document.querySelector("#position").value) > 1_000, null, {
        timeout: 40_000,
      });
      assert((await played()).length === 0, "told before it was played");
      await page.locator("#position").evaluate((e) => {
        e.value = "8000";
        e.dispatchEvent(new Event("input", { bubbles: true }));
      });
      await page.waitForFunction(() => Number(document.querySelector("#position").value) > 9_000, null, {
        timeout: 40_000,
      });
      await play.click();
      await page.waitForFunction(() => window.playbacks.length === 2);
      const [first, second] = await played();
      const end = await position();
      assert(first.segment === 1 && first.from_ms < 100 && first.to_ms > 1_000, JSON.stringify(first));
      assert(first.to_ms < 8_000, `what was jumped over is told as played: ${JSON.stringify(first)}`);
      assert(second.from_ms >= 8_000 && second.from_ms < 8_500, JSON.stringify(second));
      assert(Math.abs(second.to_ms - end) < 500, `${JSON.stringify(second)} at ${end}`);
      await page.close();
    },
  );

  await check("a legal hold stops what was proposed, until it is lifted", async () => {
    const page = await open("page=case&role=judge&proposed=other");
    const part = page.getByTestId("retention");
    await part.getByTestId("disposal-approve-open").waitFor();
    await part.getByTestId("hold-set-open").click();
    await part.getByTestId("hold-set-reason").fill("A review was asked for");
    await part.getByTestId("hold-set").click();
    await part.getByTestId("retention-held").waitFor();
    assert(
      (await part.getByTestId("disposal-approve-open").count()) === 0,
      "it can be approved under a hold",
    );
    await axeOn(page);
    await part.locator("[data-testid=hold][data-lifted=false] [data-testid=hold-lift-open]").click();
    await part.getByTestId("hold-lift-reason").fill("The review is over");
    await part.getByTestId("hold-lift").click();
    await part.getByTestId("disposal-approve-open").waitFor();
    await page.close();
  });

  await check(
    "who proposed a disposal cannot approve it; another can, and it is asked once more",
    async () => {
      const own = await open("page=case&role=clerk&proposed=own");
      await own.getByTestId("disposal-reject-open").waitFor();
      assert((await own.getByTestId("disposal-approve-open").count()) === 0, "one person alone can approve");
      await own.close();
      const page = await open("page=case&role=judge&proposed=other");
      await page.getByTestId("disposal-approve-open").click();
      await page.getByTestId("disposal-approve-reason").fill("The file was looked through");
      await page.getByTestId("disposal-approve").click();
      await page.getByTestId("disposal-carry-out").click();
      await page.locator("dialog[open]").waitFor();
      await axeOn(page);
      const focused = await page.evaluate(() => document.activeElement?.textContent ?? "");
      assert(focused === "Cancel", `a second press of Enter would destroy it: ${focused}`);
      await page.getByTestId("confirm").click();
      await page.locator("[data-testid=disposal][data-state=done]").waitFor();
      await page.close();
    },
  );

  await check("a member of the panel sees how long recordings are kept, and changes nothing", async () => {
    const page = await open("page=case&role=panel_member&proposed=other");
    await page.getByTestId("retention-rule").waitFor();
    assert((await page.getByTestId("retention").locator("form, button").count()) === 0, "acts are offered");
    await page.close();
  });

  await check(
    "a recording that was played at a hearing says at which, to whom, and who says so",
    async () => {
      const page = await open("page=recording&role=clerk&lang=ru");
      await fold(page, "custody");
      const at = page.getByTestId("custody-at-hearing");
      await at.getByText("Examination of the witness Karimova").waitFor();
      const said = await at.textContent();
      for (const part of [
        "1:01",
        "Zarina Karimova; Elena Sokolova",
        "Botir Aliyev",
        "по сообщениям их браузеров",
      ])
        assert(said.includes(part), `${part} is not in: ${said}`);
      const who = await page.getByTestId("fold-custody").textContent();
      assert(!/\((judge|clerk)\)/.test(who), `a role in English: ${who}`);
      await axeOn(page);
      await page.close();
    },
  );
}
