// Links in the wrong hands: a press by mistake is no dead end, and the court is shown what happened.

export async function links({ check, assert, open, axeOn }) {
  const phone = { width: 320, height: 640 };
  const ask = async (page) => {
    await page.getByTestId("join-not-me").click();
    await page.locator("dialog[open]").waitFor();
  };

  await check("“This is not me” asks first, says what it does, and has a way back", async () => {
    const page = await open("page=join-link", phone);
    await ask(page);
    await page.locator("dialog").getByText("the court is shown at once that somebody who is not").waitFor();
    await axeOn(page);
    await page.locator("dialog").getByText("Back", { exact: true }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.getByTestId("join-continue").waitFor();
    await ask(page);
    await page.getByTestId("confirm").click();
    const said = page.getByTestId("not-me");
    await said.getByText("somebody who is not Zarina Karimova opened this link").waitFor();
    const text = await page.locator("main").textContent();
    assert(!/belongs to another person|do not use/i.test(text), text);
    await axeOn(page);
    await page.getByTestId("not-me-back").click();
    await page.getByTestId("join-continue").waitFor();
    await page.close();
  });

  await check("a page that no longer knows its link says where the way back is", async () => {
    const page = await open("page=join", phone);
    await ask(page);
    await page.getByTestId("confirm").click();
    await page.getByText("Open the link again from the message").waitFor();
    assert((await page.getByTestId("not-me-back").count()) === 0, "a button that opens nothing");
    await page.close();
  });

  await check("nothing is claimed of the court that was not told: no connection, or all over", async () => {
    const cut = await open("page=join&cut");
    await ask(cut);
    await cut.getByTestId("confirm").click();
    await cut.locator("dialog").getByTestId("problem").waitFor();
    assert((await cut.getByTestId("not-me").count()) === 0, "said all the same");
    await cut.close();
    const over = await open("page=join&self=in_hearing&hearing=closed");
    await over.getByText("Nobody can enter it any more").waitFor();
    await ask(over);
    assert(!/court/.test(await over.locator("dialog").textContent()), "the court is told");
    await over.getByTestId("confirm").click();
    await over.getByTestId("not-me").waitFor();
    assert(!/court is shown/.test(await over.locator("main").textContent()), "the court was told");
    await over.close();
  });

  await check("whoever was put out has a way on, and true words", async () => {
    const ended = await open("page=bye&bye=session_invalid&link=good", phone);
    await ended.getByTestId("open-link").click();
    await ended.waitForURL(/\/join#good$/);
    await ended.close();
    const unknown = await open("page=bye&bye=session_invalid");
    assert((await unknown.getByTestId("open-link").count()) === 0, "a button without a link");
    await unknown.close();
    const elsewhere = await open("page=bye&bye=opened_elsewhere", phone);
    await elsewhere.getByTestId("ended").getByText("this page was put out").waitFor();
    assert(
      !/You are now in/.test(await elsewhere.locator("main").textContent()),
      "another’s place is called yours",
    );
    await elsewhere.getByTestId("come-back").waitFor();
    await elsewhere.close();
  });

  for (const [field, kind, words] of [
    [
      "link_declined_at",
      "link-declined",
      /10:05:00: the link of Zarina Karimova was opened by somebody who says/,
    ],
    ["seat_taken_over_at", "seat-taken-over", /10:05:00: Zarina Karimova came in again from another device/],
  ]) {
    await check(`the bench is shown until it is put away: ${kind}`, async () => {
      const page = await open("page=hearing&role=judge&well");
      const happens = (at) =>
        page.evaluate(
          ([name, when]) => {
            const { view } = window.live.hearing;
            const participants = view.value.participants.map((p) =>
              p.role === "witness" ? { ...p, [name]: new Date(`2026-11-24T${when}`).getTime() } : p,
            );
            view.value = { ...view.value, participants };
          },
          [field, at],
        );
      assert((await page.getByTestId("warnings").count()) === 0, "a warning of nothing");
      await happens("10:05:00");
      const warning = page.locator(`[data-warning="${kind}"]`);
      await warning.waitFor();
      assert(words.test(await warning.textContent()), await warning.textContent());
      await page.getByTestId("announcer").getByText("Warning").waitFor();
      await axeOn(page);
      await warning.getByRole("button").focus();
      await page.keyboard.press("Enter");
      await warning.waitFor({ state: "detached" });
      assert(
        await page.evaluate(() => document.activeElement.closest('[data-testid="bench"]') !== null),
        "the focus is nowhere",
      );
      // Put away in this tab, also after a reload; when it happens again it is shown again.
      await page.reload();
      await page.getByTestId("off-record").waitFor();
      await happens("10:05:00");
      await page.getByTestId("off-record").waitFor();
      assert((await warning.count()) === 0, "back after a reload");
      await happens("10:06:00");
      await warning.getByText("10:06:00").waitFor();
      await page.close();
    });
  }
}
