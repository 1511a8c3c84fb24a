// What stays in sight on a small screen: the record above all, whoever looks and wherever they have scrolled to.

const PHONES = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
];

/** Whether an element is wholly on the screen and nothing stands over it. */
const inSight = (page, selector) =>
  page.evaluate((wanted) => {
    const element = document.querySelector(wanted);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth && element.contains(over);
  }, selector);

const toTheEnd = (page) =>
  page.evaluate(async () => {
    window.scrollTo(0, document.documentElement.scrollHeight);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return scrollY;
  });

export async function phone({ check, assert, open }) {
  for (const [query, language] of [
    ["role=judge", "en"],
    ["role=judge", "uz"],
    ["role=judge", "ru"],
    ["role=witness", "en"],
    ["role=witness", "ru"],
  ])
    await check(`on a phone the state of the record stays in sight: ${query} in ${language}`, async () => {
      for (const viewport of [...PHONES, { width: 844, height: 390 }]) {
        const page = await open(`page=hearing&${query}&lang=${language}`, viewport);
        for (const recording of ["recording", "failing", "off"]) {
          await page.evaluate((now) => window.now({ recording: now }), recording);
          await page.locator(`[data-testid="recording-status"][data-status="${recording}"]`).waitFor();
          const size = `${viewport.width} px, ${recording}`;
          const scrolled = await toTheEnd(page);
          assert(scrolled > 100 || !query.includes("judge"), `${size}: there is nothing to scroll`);
          assert(await inSight(page, '[data-testid="recording-status"]'), `${size}: out of sight`);
          const high = await page.locator(".room__now").evaluate((e) => e.getBoundingClientRect().height);
          assert(high <= 66, `${size}: takes ${high} px`);
        }
        await page.close();
      }
    });

  /** Runs in the page: what has the focus, and at how many of its edges something else lies over it. */
  const looked = () => {
    const element = document.activeElement;
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    if (element === document.body || element.classList.contains("govuk-skip-link") || width === 0)
      return null;
    const covered = [top + 2, bottom - 2].filter((y) => {
      const over = document.elementFromPoint((left + right) / 2, y);
      return y < 0 || y > innerHeight || !over?.closest("select, input, a, button, summary, label");
    });
    const name = element.dataset.testid ?? element.id ?? element.textContent;
    // What is larger than the place between is seen in part.
    return { name: `${name} ${element.className}`, covered: covered.length, high: bottom - top };
  };

  await check("on a phone nothing that has the focus is below what stays in sight", async () => {
    for (const viewport of PHONES)
      for (const key of ["Tab", "Shift+Tab"]) {
        const page = await open("page=hearing&role=judge", viewport);
        const seen = new Set();
        for (let i = 0; i < 60; i++) {
          await page.keyboard.press(key);
          let at = await page.evaluate(looked);
          // What is focused is scrolled to, which may take a moment.
          for (const end = Date.now() + 3_000; at?.covered > 0 && Date.now() < end; ) {
            await page.waitForTimeout(50);
            at = await page.evaluate(looked);
          }
          if (!at) continue;
          seen.add(at.name);
          assert(at.high > 200 || at.covered === 0, `${viewport.width} px, ${key}: ${at.name} is covered`);
        }
        assert(seen.size > 20, `${seen.size} controls reached`);
        await page.close();
      }
  });

  for (const viewport of [{ width: 1280, height: 800 }, ...PHONES])
    await check(`how a sitting ends unfolds in sight at ${viewport.width} px`, async () => {
      for (const motion of ["reduce", "no-preference"]) {
        const page = await open("page=hearing&role=judge", viewport);
        await page.emulateMedia({ reducedMotion: motion });
        await page.locator(".bench__end > summary").click();
        await page.waitForFunction(
          () =>
            ["suspend", "adjourn", "close"].every((id) => {
              const element = document.querySelector(`[data-testid="${id}"]`);
              const { left, right, top, bottom } = element.getBoundingClientRect();
              const x = (left + right) / 2;
              return [top + 1, bottom - 1].every((y) => element.contains(document.elementFromPoint(x, y)));
            }),
          null,
          { timeout: 5_000 },
        );
        await page.close();
      }
    });

  await check(
    "three people on a phone are whole above the controls, also below the court's word",
    async () => {
      for (const language of ["en", "uz", "ru"]) {
        const page = await open(`page=hearing&few&lang=${language}`, { width: 360, height: 740 });
        await page.evaluate(() => {
          const { view, word } = window.live.hearing;
          const participants = view.value.participants
            .filter((p) => p.role !== "prosecutor")
            .map((p) => (p.role === "witness" ? { ...p, muted: true } : p));
          view.value = { ...view.value, participants };
          word.value = { id: "sworn", at: Date.now() };
        });
        await page.getByTestId("word").waitFor();
        await page.waitForFunction(() => document.querySelectorAll(".tile").length === 3);
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
        const over = await page.evaluate(() => {
          const top = document.querySelector(".controls").getBoundingClientRect().top;
          return Math.max(
            ...[...document.querySelectorAll(".tile")].map((e) => e.getBoundingClientRect().bottom - top),
          );
        });
        assert(over <= 0, `${language}: ${Math.round(over)} px below the controls`);
        await page.close();
      }
    },
  );

  await check("at 320 px every sign of a tile is whole", async () => {
    for (const language of ["en", "uz", "ru"]) {
      const page = await open(`page=hearing&lang=${language}`, PHONES[0]);
      await page.evaluate(() => {
        const { view, speaking, peerQuality } = window.live.hearing;
        const { participants } = view.value;
        const starting = participants.map((p) => p.id);
        view.value = {
          ...view.value,
          participants: participants.map((p) => ({ ...p, hand_raised: true, microphone: false })),
          record_starting: starting,
        };
        speaking.value = starting;
        peerQuality.value = Object.fromEntries(starting.map((id) => [id, "weak"]));
      });
      await page.locator('[data-role="clerk"] .tile__sign').nth(3).waitFor();
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll(".tile__sign")]
          .filter((sign) => {
            const tile = sign.closest(".tile").getBoundingClientRect();
            const { left, right, bottom } = sign.getBoundingClientRect();
            return left < tile.left || right > tile.right || bottom > tile.bottom;
          })
          .map((sign) => sign.closest(".tile").dataset.role),
      );
      assert(cut.length === 0, `${language}: ${cut.join(", ")}`);
      await page.close();
    }
  });

  await check("the button that closes the choice of devices is in sight at 320 px", async () => {
    for (const language of ["en", "uz", "ru"]) {
      const page = await open(`page=hearing&few&lang=${language}`, { width: 320, height: 480 });
      await page.getByTestId("devices").click();
      await page.locator("dialog[open]").waitFor();
      await page.locator("dialog #volume").waitFor();
      // With the lists of devices it is longer than the screen; else nothing would be tried.
      await page.waitForFunction(() => {
        const dialog = document.querySelector("dialog");
        dialog.scrollTo(0, 0);
        return dialog.scrollHeight > dialog.clientHeight;
      });
      assert(await inSight(page, '[data-testid="confirm"]'), `${language}: out of sight`);
      await page.close();
    }
  });
}
