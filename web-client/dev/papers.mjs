// The case's papers and the bench's steps: nothing is offered that cannot be, and what was done is said.

export async function papers({ check, assert, open }) {
  const people = (page, n) => page.locator("summary", { hasText: "People and links" }).nth(n).click();

  await check("of a hearing that is over nobody is offered a link or a place", async () => {
    const page = await open("page=case&role=clerk");
    await people(page, 0);
    await page.getByText("Nobody can enter this hearing any more").waitFor();
    await page.getByTestId("invited").first().waitFor();
    assert((await page.getByTestId("invite-make").count()) === 0, "a link can be made");
    assert((await page.locator(".add-person").count()) === 0, "a person can be added");
    await page.close();
  });

  await check("the link of somebody who was put out is not said to open", async () => {
    const page = await open("page=case&role=clerk&self=in_hearing&hearing=in_session");
    await page.evaluate(() => {
      const removed = { id: "00000000-0000-7000-8000-000000000003", state: "removed", room: null };
      window.soon({ participants: [removed] });
    });
    await people(page, 0);
    const row = page.getByTestId("invited").filter({ hasText: "Zarina Karimova" });
    await row.getByTestId("invite-removed").waitFor();
    await row.getByText("would open until").first().waitFor();
    assert(!/opens until/.test(await row.textContent()), await row.textContent());
    const other = page.getByTestId("invited").filter({ hasText: "Sergey Kim" });
    await other.getByText("opens until").waitFor();
    await page.close();
  });

  await check("a hearing that was listed is told of, and the form is empty again", async () => {
    const page = await open("page=case&role=clerk");
    await page.locator("summary", { hasText: "hearing" }).last().click();
    await page.locator("#hearing-title").fill("Verdict");
    await page.locator("#hearing-when").fill("2026-12-08T10:00");
    await page.getByRole("button", { name: "List the hearing" }).click();
    const told = page.getByTestId("hearing-created");
    await told.getByText(/^Listed: Verdict, Tuesday, 8 December 2026.*UTC/).waitFor();
    assert((await told.getAttribute("role")) === "status", "not read aloud");
    assert((await page.locator("#hearing-when").inputValue()) === "", "the date stays");
    await page.close();
  });

  await check("whether a link was copied is said, also when the browser refuses", async () => {
    const page = await open("page=case&role=clerk");
    await people(page, 1);
    const row = page.getByTestId("invited").filter({ hasText: "Zarina Karimova" });
    await row.getByTestId("invite-make").click();
    const made = row.getByTestId("invite-made");
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
    });
    await made.getByRole("button").click();
    await made.getByRole("status").getByText("did not let the page copy").waitFor();
    await page.evaluate(() => {
      navigator.clipboard.writeText = async () => {};
    });
    await made.getByRole("button").click();
    await made.getByRole("status").getByText("The link is copied.").waitFor();
    await page.close();
  });

  await check("the bench offers the next step of a testimony, and no oath before the identity", async () => {
    const page = await open("page=hearing&role=judge&well");
    const witness = page.locator("[data-person]", { hasText: "Zarina Karimova" });
    const stands = (testimony) =>
      page.evaluate((now) => {
        const { view } = window.live.hearing;
        const participants = view.value.participants.map((p) =>
          p.role === "witness" ? { ...p, testimony: now } : p,
        );
        view.value = { ...view.value, participants };
      }, testimony);
    await stands("called");
    await witness.locator("[data-testid^=identify-]").waitFor();
    const oaths = witness.locator("[data-testid^=swear-], [data-testid^=affirm-]");
    assert((await oaths.locator("visible=true").count()) === 0, "an oath before the identity");
    // Some courts check the identity after the oath.
    await witness.locator("summary").click();
    assert((await oaths.locator("visible=true").count()) === 2, "no oath at all");
    await witness.locator("summary").click();
    await stands("identified");
    await witness.locator("[data-testid^=swear-].act").waitFor();
    assert((await oaths.locator("visible=true").count()) === 2, "not the next step");
    await stands("sworn");
    assert((await oaths.count()) === 0, "sworn twice");
    await page.close();
  });

  for (const [width, height] of [
    [740, 360],
    [667, 375],
    [320, 640],
  ]) {
    await check(`no role under a picture is broken within a word at ${width} x ${height}`, async () => {
      for (const language of ["en", "uz", "ru"]) {
        const page = await open(`page=hearing&few&role=prosecutor&lang=${language}`, { width, height });
        const broken = await page.evaluate(() =>
          [...document.querySelectorAll(".tile__role")].flatMap((role) => {
            const text = role.firstChild;
            const tile = role.closest(".tile").getBoundingClientRect();
            const range = document.createRange();
            return [...text.data.matchAll(/\S+/g)]
              .filter(({ 0: word, index }) => {
                range.setStart(text, index);
                range.setEnd(text, index + word.length);
                return range.getClientRects().length > 1 || range.getBoundingClientRect().right > tile.right;
              })
              .map(([word]) => word);
          }),
        );
        assert(broken.length === 0, `${language}: ${broken.join(", ")}`);
        const out = await page.evaluate(
          () =>
            [...document.querySelectorAll(".tile__signs")].filter(
              (e) =>
                e.scrollWidth > e.clientWidth + 1 ||
                e.getBoundingClientRect().right > e.closest(".tile").getBoundingClientRect().right,
            ).length,
        );
        assert(out === 0, `${language}: ${out} rows of signs leave their tile`);
        await page.close();
      }
    });
  }
}
