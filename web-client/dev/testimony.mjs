/** Testimony recorded in advance: what is to be said, how it is entered, and what witness and counsel can do. */
export async function testimony({ check, assert, open, axeOn }) {
  /** Acts that the page sends are kept, and are done. */
  const keep = (page) =>
    page.evaluate(() => {
      window.sent = [];
      window.live.connection.act = async (act) => {
        window.sent.push(act);
        return null;
      };
    });
  const sent = (page) => page.evaluate(() => window.sent);

  await check(
    "testimony: the opening is a text to read, and is entered once its words are there",
    async () => {
      const page = await open("page=capture&role=judge&step=opening");
      await keep(page);
      assert((await page.getByTestId("capture-enter").count()) === 0, "entered without a place");
      await page.locator("#capture-place").fill("Courtroom 4");
      await page.locator("#capture-whose").selectOption("defence");
      const said = await page.getByTestId("capture-say").textContent();
      for (const word of [
        "Zarina Karimova",
        "1-1002-2602/118",
        "Nodira Yusupova",
        "Courtroom 4",
        "by the defence",
      ])
        assert(said.includes(word), `${word} is not in: ${said}`);
      await page.getByTestId("capture-enter").click();
      const [act] = await sent(page);
      assert(
        act.act === "state_opening" && act.place === "Courtroom 4" && act.witness_for === "defence",
        act,
      );
      await page.close();
    },
  );

  await check(
    "testimony: a step is left out with a reason alone, and off the record none is taken",
    async () => {
      const page = await open("page=capture&role=clerk&step=witness_room&off");
      await keep(page);
      await page.getByText("Go on the record first").waitFor();
      assert((await page.getByTestId("capture-enter").count()) === 0, "taken off the record");
      await page.getByTestId("leave-out-witness-room").click();
      await axeOn(page);
      await page.getByTestId("confirm").click();
      assert((await sent(page)).length === 0, "left out without a reason");
      await page.locator("#leave-out-reason").fill("He is alone in a cell");
      await page.getByTestId("confirm").click();
      const [act] = await sent(page);
      assert(
        act.act === "leave_out" && act.step === "witness_room" && !("counsel" in act),
        JSON.stringify(act),
      );
      await page.close();
    },
  );

  await check("testimony: counsel objects by one press, sees that it waits, and takes it back", async () => {
    const page = await open("page=capture&role=prosecutor&step=examination&asks=defence_counsel");
    await keep(page);
    await page.waitForTimeout(1_100);
    await page.getByTestId("object").click();
    assert((await sent(page))[0].act === "object", "no objection");
    await page.evaluate(() => {
      const { capture } = window.live.hearing.view.value;
      const by = window.live.hearing.self.value.id;
      window.now({ capture: { ...capture, objections: [{ number: 1, by, ruling: null }] } });
    });
    await page.getByText("Your objection 1 is entered and waits").waitFor();
    await page.getByText("The witness waits with the answer").waitFor();
    await page.waitForTimeout(1_100);
    await page.getByTestId("objection-withdraw").click();
    const [, act] = await sent(page);
    assert(act.act === "rule" && act.ruling === "withdrawn" && act.objection === 1, JSON.stringify(act));
    await page.close();
  });

  await check("testimony: the judge rules, the clerk can only leave it to the later court", async () => {
    for (const [role, rulings] of [
      ["judge", 3],
      ["clerk", 1],
    ]) {
      const page = await open(
        `page=capture&role=${role}&step=examination&asks=prosecutor&objects=defence_counsel`,
      );
      assert((await page.locator("[data-testid^=rule-]").count()) === rulings, `${role} rules otherwise`);
      await page.close();
    }
  });

  await check(
    "testimony: the witness reads what happens and asks for a break; nobody else's words",
    async () => {
      const page = await open("page=capture&step=examination&asks=defence_counsel");
      await keep(page);
      await page.getByText("Elena Sokolova asks you").waitFor();
      assert((await page.getByTestId("object").count()) === 0, "a witness objects");
      assert((await page.getByTestId("protocol").count()) === 0, "a witness has the bench's steps");
      await page.waitForTimeout(1_100);
      await page.getByTestId("ask-break").click();
      const [act] = await sent(page);
      assert(act.act === "raise_hand" && act.up === true, JSON.stringify(act));
      await page.close();
    },
  );

  await check("testimony: the clock runs in sight, and claims nothing without a connection", async () => {
    const page = await open("page=capture");
    const elapsed = page.getByTestId("capture-elapsed");
    const first = await elapsed.textContent();
    assert(/12:3\d/.test(first), first);
    await page.waitForFunction((was) => {
      const now = document.querySelector("[data-testid=capture-elapsed]").textContent;
      return now !== was;
    }, first);
    await page.evaluate(() => (window.live.connection.state.value = "reconnecting"));
    await page.getByText("not known whether it is recorded").first().waitFor();
    assert(!/12:3\d/.test(await elapsed.textContent()), "it claims to be recorded");
    await page.close();
  });

  await check(
    "together: whoever comes late is at the moment of all others, and says that they follow",
    async () => {
      const page = await open("page=together&few&at=1000");
      const state = page.getByTestId("together-state");
      await page.waitForFunction(
        () => document.querySelector("[data-testid=together-state]").dataset.state === "following",
        null,
        { timeout: 20_000 },
      );
      // By its own clock against the one of the page that plays, some times over.
      const worst = await page.evaluate(async () => {
        let most = 0;
        for (let i = 0; i < 20; i++) {
          await new Promise((done) => setTimeout(done, 100));
          const { playback } = window.live.hearing.view.value;
          const wanted = playback.position_ms + (Date.now() - playback.at);
          for (const e of document.querySelectorAll("[data-testid=together] [data-standing=play]")) {
            if (e.tagName === "DIV") continue;
            most = Math.max(most, Math.abs(e.currentTime * 1000 - wanted));
          }
        }
        return most;
      });
      assert(worst > 0 && worst < 500, `${Math.round(worst)} ms apart`);
      assert((await state.getAttribute("data-state")) === "following", "it does not follow");
      console.log(`together: ${Math.round(worst)} ms apart at most`);
      await page.close();
    },
  );

  await check(
    "together: it stands, moves and goes with the court, and is compared with the seal",
    async () => {
      const page = await open("page=together&few&stands&at=2000");
      const at = () => page.getByTestId("together-playing").getAttribute("data-at");
      await page.waitForFunction(
        () => document.querySelector("[data-testid=together-playing]")?.dataset.at === "2000",
      );
      await page.getByText("The playing is paused").waitFor();
      await page.waitForFunction(
        () => document.querySelector("[data-testid=together-seal]").dataset.state === "same",
      );
      await page.evaluate(() => {
        const { playback } = window.live.hearing.view.value;
        window.now({ playback: { ...playback, position_ms: 7_000 } });
      });
      await page.waitForFunction(
        () => document.querySelector("[data-testid=together-playing]").dataset.at === "7000",
      );
      assert((await at()) === "7000", "it did not move");
      await page.evaluate(() => window.now({ playback: null }));
      await page.getByTestId("together").waitFor({ state: "detached" });
      assert(page.errors.length === 0, page.errors.join("; "));
      await page.close();
    },
  );

  await check("together: a list that is long in coming can be gone past, and that is said", async () => {
    let come = () => undefined;
    const wait = new Promise((done) => {
      come = done;
    });
    const page = await open("page=unknown");
    await page.route("**/dev-media/fragments.tsv", async (route) => {
      await wait;
      await route.continue();
    });
    await page.goto(page.url().replace(/\?.*/, "?page=together&few&role=prosecutor&at=1000"));
    const go = page.getByTestId("sealed-go-on");
    await go.waitFor();
    await axeOn(page);
    // By the keyboard: the button goes, and the focus is where it is said what follows.
    await go.focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("together-seal").getByText("not compared with the seal").waitFor();
    await page.waitForFunction(() => document.activeElement.id === "sealed-stands");
    const said = await page.evaluate(() => document.activeElement.textContent);
    assert(said.includes("not compared with the seal"), said);
    await page.waitForFunction(
      () => document.querySelector("[data-testid=together-state]").dataset.state === "following",
    );
    assert((await go.count()) === 0, "it is still offered");
    come();
    await page.waitForFunction(
      () => document.querySelector("[data-testid=together-seal]").dataset.state !== "none",
    );
    const state = await page.getByTestId("together-seal").getAttribute("data-state");
    assert(state !== "same", "all is called as it was sealed");
    await page.close();
  });

  await check("together: of somebody who had no camera nothing is said to be kept", async () => {
    const page = await open("page=together&few&role=prosecutor&stands&kept&voice");
    const tile = (name) => page.locator(".player__tile", { hasText: name });
    await tile("Nodira Yusupova").getByText("The court keeps this picture").waitFor();
    await tile("Zarina Karimova").getByText("No picture was recorded").waitFor();
    await page.close();
  });

  await check("together: the judge reads who does not see it, and steers by one press", async () => {
    const page = await open("page=together&few&role=judge&stands&at=2000");
    await keep(page);
    await page.getByTestId("show-unseen").getByText("Botir Aliyev").waitFor();
    await page.waitForTimeout(1_100);
    await page.getByTestId("show-play").click();
    await page.getByTestId("show-back").click();
    await page.getByTestId("show-position").evaluate((e) => {
      e.value = "5000";
      e.dispatchEvent(new Event("input", { bubbles: true }));
      e.dispatchEvent(new Event("change", { bubbles: true }));
    });
    const acts = (await sent(page)).map((a) => `${a.act} ${a.position_ms ?? ""}`.trim());
    const wanted = ["play_recording", "seek_recording 0", "seek_recording 5000"];
    assert(JSON.stringify(acts) === JSON.stringify(wanted), acts.join(", "));
    await page.close();
  });

  await check(
    "together: what cannot be had is said calmly, and nobody but the court sees a kept picture",
    async () => {
      const cut = await open("page=together&few&stands&cut");
      await cut.getByText("cannot be shown to you completely").waitFor();
      await cut.close();
      const kept = await open("page=together&few&role=prosecutor&stands&kept");
      await kept.getByText("The court keeps this picture").first().waitFor();
      assert((await kept.locator("[data-testid=together] video").count()) === 0, "a kept picture");
      await kept.close();
    },
  );
}
