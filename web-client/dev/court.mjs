// What the court and those who need help must find: the bench, links, whom to call, times with their zone.

const LAPTOPS = [
  { width: 1366, height: 768 },
  { width: 1440, height: 900 },
];
const LANGUAGES = ["en", "uz", "ru"];

/** Those of the elements that cannot be pressed without scrolling, by their test ids. */
const outOfSight = (page, selector) =>
  page.evaluate((wanted) => {
    const hidden = [...document.querySelectorAll(wanted)].filter((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return top < 0 || bottom > innerHeight || !element.contains(over);
    });
    return hidden.map((e) => e.dataset.testid);
  }, selector);

export async function court({ check, assert, open }) {
  for (const language of LANGUAGES) {
    await check(`everything about people is in sight of a judge on a laptop, in ${language}`, async () => {
      const people = "[data-testid^=admit-], [data-testid^=call-], [data-testid^=mute-]";
      const now = '[data-testid="off-record"], [data-testid="pause"]';
      for (const laptop of LAPTOPS) {
        const page = await open(`page=hearing&role=judge&well&lang=${language}`, laptop);
        await page.getByTestId("pause").waitFor();
        assert((await page.locator(people).count()) === 7, "acts are missing");
        const hidden = await outOfSight(page, `${people}, ${now}`);
        assert(hidden.length === 0, `${laptop.width}: ${hidden.join(", ")}`);
        await page.close();
        // What failed stays until it is put away; it may not cover who waits.
        const failed = await open(`page=hearing&role=judge&lang=${language}`, laptop);
        await failed.locator('[data-status="failed"]').waitFor();
        const covered = await outOfSight(failed, `[data-testid^=admit-], [data-testid^=call-], ${now}`);
        assert(covered.length === 0, `${laptop.width}: ${covered.join(", ")}`);
        // Scrolled to the end, the record is still at hand.
        await failed.locator(".bench").evaluate((bench) => bench.scrollTo(0, bench.scrollHeight));
        const gone = await outOfSight(failed, now);
        assert(gone.length === 0, `${laptop.width}, scrolled: ${gone.join(", ")}`);
        await failed.close();
      }
    });

    await check(`no word of the controls is broken at 320 px, in ${language}`, async () => {
      for (const role of ["prosecutor", "witness"]) {
        const page = await open(`page=hearing&few&role=${role}&lang=${language}`, {
          width: 320,
          height: 568,
        });
        const states = [{}, { muted: true, hand_raised: true }, { microphone: false, camera: false }];
        for (const state of states) {
          await page.evaluate((change) => {
            const { wants } = window.live.sources;
            wants.value = {
              ...wants.value,
              microphone: change.microphone !== false,
              camera: change.camera !== false,
            };
            window.now({}, change);
          }, state);
          const broken = await page.evaluate(() =>
            [...document.querySelectorAll(".control__label")].flatMap((label) => {
              const text = label.firstChild;
              const box = label.closest("button").getBoundingClientRect();
              const range = document.createRange();
              return [...text.data.matchAll(/\S+/g)]
                .filter(({ 0: word, index }) => {
                  range.setStart(text, index);
                  range.setEnd(text, index + word.length);
                  const { left, right } = range.getBoundingClientRect();
                  return range.getClientRects().length > 1 || left < box.left || right > box.right;
                })
                .map(([word]) => word);
            }),
          );
          const count = await page.locator(".control").count();
          assert(count === (role === "prosecutor" ? 6 : 5), `${count} controls`);
          assert(broken.length === 0, `${role}: ${broken.join(", ")}`);
        }
        await page.close();
      }
    });
  }

  await check(
    "only what is possible is offered: no call before the hearing, nobody silenced who is never heard",
    async () => {
      const page = await open("page=hearing&role=judge&well");
      const calls = page.locator("[data-testid^=call-]");
      assert((await calls.count()) === 1, "no call in session");
      await page.evaluate(() => {
        const { view } = window.live.hearing;
        const participants = view.value.participants.map((p) =>
          p.role === "observer" ? { ...p, state: "in_hearing", room: "hearing_room" } : p,
        );
        view.value = { ...view.value, state: "open", participants };
      });
      await calls.waitFor({ state: "detached" });
      const observer = page.locator('[data-state="in_hearing"]', { hasText: "Madina Qodirova" });
      await observer.getByText("More").waitFor();
      assert((await observer.locator("[data-testid^=mute-]").count()) === 0, "an observer can be silenced");
      await page.close();
    },
  );

  await check("the button to resume says whether the record goes on", async () => {
    const runs = await open("page=paused&role=judge");
    await runs.getByTestId("resume").getByText("Resume on the record", { exact: true }).waitFor();
    await runs.getByTestId("resume-off-record").getByText("Resume off the record").waitFor();
    await runs.close();
    const off = await open("page=paused&role=judge&offrecord");
    await off.getByTestId("resume").getByText("Resume off the record", { exact: true }).waitFor();
    assert((await off.getByTestId("resume-off-record").count()) === 0, "two buttons for the same");
    await off.close();
  });

  await check("who affirmed is called affirmed, on the bench and to themselves", async () => {
    const judge = await open("page=hearing&role=judge");
    const witness = judge.locator("[data-person]", { hasText: "Zarina Karimova" });
    await witness.getByText("Sworn", { exact: true }).waitFor();
    await judge.evaluate(() => {
      const { view } = window.live.hearing;
      const participants = view.value.participants.map((p) =>
        p.role === "witness" ? { ...p, testimony: "affirmed" } : p,
      );
      view.value = { ...view.value, participants };
    });
    await witness.getByText("Affirmed", { exact: true }).waitFor();
    assert((await witness.getByText("Sworn").count()) === 0, "sworn as well");
    assert(
      (await witness.locator("[data-testid^=release-].govuk-button--secondary").count()) === 0,
      "not next",
    );
    await judge.close();
    const self = await open("page=waiting");
    await self.evaluate(() =>
      window.now({}, { state: "in_hearing", room: "hearing_room", testimony: "called" }),
    );
    await self.evaluate(() => window.now({}, { testimony: "affirmed" }));
    await self.getByTestId("word").getByText("entered your affirmation").waitFor();
    await self.close();
  });

  await check("nobody without a connection speaks, and without one's own nobody does", async () => {
    const page = await open("page=hearing&few&role=judge");
    const speaking = page.locator('[data-speaking="true"]');
    const lost = (gone) =>
      page.evaluate((away) => {
        const { view } = window.live.hearing;
        const participants = view.value.participants.map((p) =>
          p.role === "witness" ? { ...p, connected: !away } : p,
        );
        view.value = { ...view.value, participants };
      }, gone);
    await speaking.waitFor();
    await lost(true);
    await speaking.waitFor({ state: "detached" });
    await lost(false);
    await speaking.waitFor();
    await page.evaluate(() => {
      window.live.connection.state.value = "reconnecting";
    });
    await speaking.waitFor({ state: "detached" });
    await page.close();
  });

  await check("an observer tries the sound alone, and it passes when they hear it", async () => {
    const page = await open("page=check&role=observer");
    const verdict = page.getByTestId("check-verdict");
    await verdict.getByText("play the test sound").waitFor();
    const text = await page.locator("main").textContent();
    assert(!/camera|microphone/i.test(text), text);
    assert((await verdict.getAttribute("data-ok")) === "false", "passed before anything was heard");
    await page.getByTestId("check-play").click();
    await page.getByTestId("check-not-heard").click();
    await verdict.getByText("you do not hear this device").waitFor();
    await page.getByTestId("check-continue").getByText("Go on without trying the sound").waitFor();
    await page.getByTestId("check-play").click();
    await page.getByTestId("check-heard").click();
    await page.locator('[data-testid="check-verdict"][data-ok="true"]').waitFor();
    await page.getByTestId("check-continue").getByText("Continue", { exact: true }).waitFor();
    await page.close();
  });

  await check(
    "the court's name and telephone are on every page where help is needed, or nothing is",
    async () => {
      for (const query of [
        "page=join",
        "page=join-bad",
        "page=home&nobody",
        "page=check",
        "page=check-bad",
        "page=check&role=observer",
        "page=waiting",
        "page=unknown",
        "page=ended",
        "page=paused",
      ]) {
        const page = await open(query, { width: 360, height: 740 });
        const help = page.getByTestId("help").first();
        await help.getByText("Tashkent City Criminal Court").waitFor();
        const call = await help.getByRole("link").getAttribute("href");
        assert(call === "tel:+998712000000", `${query}: ${call}`);
        await page.close();
        const none = await open(`${query}&nocourt`);
        assert((await none.getByTestId("help").count()) === 0, `${query}: help from nowhere`);
        await none.close();
      }
    },
  );

  await check(
    "a clerk sees the links that were made, takes one back, and is told until when a new one opens",
    async () => {
      const page = await open("page=case&role=clerk");
      await page.locator("summary", { hasText: "People and links" }).nth(1).click();
      const witness = page.getByTestId("invited").filter({ hasText: "Zarina Karimova" });
      const states = () =>
        witness.getByTestId("invitation").evaluateAll((all) => all.map((i) => i.dataset.state));
      await witness.getByText("Opened", { exact: true }).waitFor();
      assert((await states()).join() === "used,revoked,expired", (await states()).join());
      assert((await witness.getByText("opens until").textContent()).includes("UTC"), "no zone");
      await witness.getByText("2 links that open nothing any more").waitFor();
      await witness.getByTestId("invite-revoke").click();
      await page.locator("dialog[open]").getByText("put out of the hearing at once").waitFor();
      await page.getByTestId("confirm").click();
      await witness.getByText("No link opens for this person.").waitFor();
      assert((await states()).join() === "revoked,revoked,expired", (await states()).join());
      await witness.getByTestId("invite-until").getByText("It will open until").waitFor();
      await witness.getByTestId("invite-make").click();
      await witness.getByTestId("invite-made").getByText("it is shown only once").waitFor();
      await witness.getByText("Not opened yet").waitFor();
      // One that nobody has opened puts nobody out: no question, and the link that was shown goes with it.
      await witness.getByTestId("invite-revoke").click();
      await witness.getByTestId("invite-made").waitFor({ state: "detached" });
      await page.close();
    },
  );

  await check("times that matter have their zone", async () => {
    for (const [query, words] of [
      ["page=join", /24 November 2026.*UTC/],
      ["page=home", /24 November 2026.*UTC/],
      ["page=adjourned", /1 December 2026.*UTC/],
      ["page=case&role=clerk", /sealed 24 Nov 2026.*UTC/],
      ["page=recording&role=clerk", /sealed 24 Nov 2026.*UTC.*times on this page.*UTC/],
    ]) {
      const page = await open(query);
      const main = page.locator("main");
      await main.getByText(/UTC/).first().waitFor();
      const text = (await main.textContent()).replaceAll("\n", " ");
      assert(words.test(text), `${query}: ${text.slice(0, 300)}`);
      await page.close();
    }
  });

  await check("a recording shows playing, verifying and handing out first; the rest is folded", async () => {
    const page = await open("page=recording&role=clerk");
    await page.getByTestId("bundle-download").waitFor();
    const below = await page.evaluate(() => {
      const top = (selector) => document.querySelector(selector).getBoundingClientRect().top;
      const acts = ["player-play", "recording-verify", "bundle-download"].map((id) =>
        top(`[data-testid="${id}"]`),
      );
      const folds = [...document.querySelectorAll("details.fold")];
      return {
        first: Math.max(...acts) < Math.min(...folds.map((f) => f.getBoundingClientRect().top)),
        open: folds.filter((f) => f.open).length,
        folds: folds.length,
        height: document.documentElement.scrollHeight,
      };
    });
    assert(below.first && below.open === 0 && below.folds === 10, JSON.stringify(below));
    await page.getByTestId("fold-log").locator("> summary").click();
    const parts = await page.getByTestId("log-part").locator("h3").allTextContents();
    assert(parts[1].startsWith("Part 1"), parts.join("; "));
    assert(parts[0].startsWith("Off the record"), parts.join("; "));
    await page.close();
  });
}
