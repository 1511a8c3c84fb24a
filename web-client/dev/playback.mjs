// The pages of a case and of its recordings: what is not here, what cannot be fetched, and the end of a part.

const CLERK = "page=recording&role=clerk";
const JUDGE_PICTURE = "**/dev-media/track/segment-001/judge-camera.webm";
const WITNESS_SOUND = "**/dev-media/track/segment-001/witness-microphone.webm";

/** Moves the player to a moment. */
const goTo = (page, ms) =>
  page.locator("#position").evaluate((e, to) => {
    e.value = String(to);
    e.dispatchEvent(new Event("input", { bubbles: true }));
  }, ms);

/** Where the player stands. */
const position = (page) => page.locator("#position").evaluate((e) => Number(e.value));

export async function playback({ check, assert, open, axeOn, fixtures }) {
  /** A page whose files can be kept back from the first byte on. */
  const openWith = async (routes) => {
    const page = await open("page=unknown");
    for (const [pattern, answer] of routes) await page.route(pattern, answer);
    await page.goto(`${fixtures.url}?${CLERK}`);
    await page.getByTestId("player").waitFor();
    return page;
  };
  const tileOf = (page, name) => page.locator(".player__tile", { hasText: name });

  await check("a part in another recording has no play buttons here, and the way there", async () => {
    const page = await open(`${CLERK}&failure`);
    await page.getByTestId("fold-log").locator("> summary").click();
    const part = (n) => page.locator(`[data-testid=log-part][data-segment="${n}"]`);
    await part(3).getByText("This part is in another recording of this hearing.").waitFor();
    assert((await part(3).locator(".log__play").count()) === 0, "it can be pressed");
    assert((await part(1).locator(".log__play").count()) === 4, "what is here cannot be pressed");
    const href = await part(3).getByTestId("part-elsewhere").getAttribute("href");
    assert(href === "/recording/00000000-0000-7000-8000-000000000998", href);
    await part(3).getByTestId("part-elsewhere").click();
    await page.locator("h1", { hasText: "Recording" }).waitFor();
    await page.getByText("A failure cut this recording off").first().waitFor();
    await page.close();
  });

  await check("what cannot be fetched is said, at the person and above, and is tried again", async () => {
    let asked = 0;
    let second;
    const askedTwice = new Promise((done) => {
      second = done;
    });
    const page = await openWith([
      [JUDGE_PICTURE, (route) => route.fulfill({ status: 503 })],
      [
        WITNESS_SOUND,
        (route) => {
          if (++asked === 2) second();
          return route.fulfill({ status: 404 });
        },
      ],
    ]);
    const above = page.getByTestId("not-played");
    await above.getByText("Picture of Nodira Yusupova").waitFor();
    await above.getByText("Sound of Zarina Karimova").waitFor();
    await tileOf(page, "Nodira Yusupova").locator("[data-says=failed]").waitFor();
    await tileOf(page, "Zarina Karimova").getByTestId("sound-note").waitFor();
    await axeOn(page);
    // The others play on.
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 600);
    await page.getByTestId("player-play").click();
    await askedTwice;
    // An outage ends by itself.
    await page.unroute(JUDGE_PICTURE);
    await tileOf(page, "Nodira Yusupova").locator("[data-says=failed]").waitFor({ state: "detached" });
    // A refusal is not repeated for ever: each ticket would be entered into the chain of custody.
    assert(asked === 2, `asked ${asked} times`);
    await page.unroute(WITNESS_SOUND);
    await page.getByTestId("player-again").click();
    await above.locator("li").first().waitFor({ state: "detached" });
    assert((await page.getByTestId("sound-note").count()) === 0, "the note stays");
    await page.close();
  });

  await check("no old picture stands where that of the moment cannot be fetched", async () => {
    const late = (route) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(route.request().headers().range ?? "").map(Number);
      // The beginning is there, and looking for a place goes well; what follows does not come.
      return from < 200_000 || to - from < 70_000 ? route.continue() : route.fulfill({ status: 503 });
    };
    const page = await openWith([[JUDGE_PICTURE, late]]);
    const stage = tileOf(page, "Nodira Yusupova").getByTestId("stage");
    await page.waitForFunction(() => document.querySelector("[data-testid=stage] video").readyState >= 2);
    await goTo(page, 10_500);
    await stage.locator("[data-says=failed]").waitFor();
    const seen = () => stage.locator("video").evaluate((v) => getComputedStyle(v).visibility);
    assert((await seen()) === "hidden", "the old picture is still there");
    await page.unroute(JUDGE_PICTURE);
    await stage.locator("[data-says=failed]").waitFor({ state: "detached" });
    await page.waitForFunction(() => {
      const video = document.querySelector("[data-testid=stage] video");
      return Math.abs(video.currentTime - 10.5) < 0.1 && !video.seeking && video.readyState >= 2;
    });
    assert((await seen()) === "visible", "the picture does not come back");
    await page.close();
  });

  await check("at the end of a part the last pictures stay, and nobody is said to be missing", async () => {
    const page = await open(CLERK);
    await goTo(page, 12_000);
    await page.waitForFunction(() => {
      const stages = [...document.querySelectorAll("[data-testid=stage]")];
      return stages.length === 3 && stages.every((s) => s.dataset.standing === "end");
    });
    assert((await page.locator("[data-says]").count()) === 0, "somebody is said to be missing");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-testid=stage] video")].every(
        (v) => v.currentTime > 11.5 && !v.seeking,
      ),
    );
    await page.close();
  });

  await check("playing goes on to the next part by itself, and says so", async () => {
    const page = await open(CLERK);
    await page.locator(".player__speed select").selectOption("2");
    await goTo(page, 11_000);
    const playing = () => page.getByTestId("player-play").getAttribute("data-playing");
    assert((await playing()) === "false", "it plays before it is told to");
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => document.querySelector("#segment").value === "2");
    await page.locator(".player__state").getByText("Went on to part 2").waitFor();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 200);
    assert((await playing()) === "true", "it stands still");
    assert((await position(page)) < 11_000, "not from the beginning of the part");
    // At the end of the last part it stops.
    await goTo(page, 920_000);
    await page.locator('[data-testid="player-play"][data-playing="false"]').waitFor();
    assert((await page.locator("#segment").inputValue()) === "2", "somewhere else");
    await page.locator("#segment").selectOption("1");
    assert((await page.locator(".player__state").textContent()) === "", "still said");
    await page.close();
  });

  await check("another part plays at the speed that is shown", async () => {
    const page = await open(CLERK);
    await page.locator(".player__speed select").selectOption("2");
    await page.locator("#segment").selectOption("2");
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 200);
    const [from, since] = [await position(page), await page.evaluate(() => performance.now())];
    await page.waitForFunction((at) => Number(document.querySelector("#position").value) > at + 3_000, from);
    const took = (await page.evaluate(() => performance.now())) - since;
    assert(took < 2_300, `3 s took ${Math.round(took)} ms`);
    await page.close();
  });

  await check("a copy for watching that is begun shows in the chain of custody at once", async () => {
    const page = await open(CLERK);
    await page.getByTestId("fold-access").locator("> summary").click();
    await page.getByTestId("access-make").click();
    await page.locator('[data-testid=custody-act][data-act="access_copy"]').waitFor({ state: "attached" });
    assert(await page.getByTestId("access-progress").isVisible(), "the fold has closed");
    await page.close();
  });

  await check(
    "a copy for watching goes on at the same moment by a fresh ticket, asked for once",
    async () => {
      // A server that started again knows no ticket of before.
      let known = 0;
      let newest = 0;
      const page = await open("page=unknown");
      await page.route("**/dev-media/ticket-*/access.mp4", (route) => {
        newest = Number(/ticket-(\d+)/.exec(route.request().url())[1]);
        return newest > known ? route.fallback() : route.fulfill({ status: 404 });
      });
      await page.goto(`${fixtures.url}?${CLERK}&copied`);
      await page.getByTestId("fold-access").locator("> summary").click();
      const video = page.getByTestId("access-video");
      const shows = (ticket, at) =>
        page.waitForFunction(
          ([t, from]) => {
            const v = document.querySelector("[data-testid=access-video]");
            const stands = v?.src.includes(`/ticket-${t}/`) && v.readyState >= 2 && !v.seeking;
            return stands && Math.abs(v.currentTime - from) < 0.1;
          },
          [ticket, at],
        );
      await page.waitForFunction(() => document.querySelector("[data-testid=access-video]")?.readyState >= 1);
      const first = newest;
      await video.evaluate((v) => {
        v.currentTime = 7;
      });
      await shows(first, 7);
      known = first;
      // What the browser says when it asks for more and is refused; here it has the whole of a small file already.
      const refuse = () => video.evaluate((v) => v.dispatchEvent(new Event("error")));
      await refuse();
      await shows(first + 1, 7);
      // Refused again, and by the fresh one as well: that is said, and no ticket is asked for without end.
      known = Number.POSITIVE_INFINITY;
      await refuse();
      await page.getByTestId("fold-access").getByText("The copy cannot be fetched").waitFor();
      assert(newest === first + 2, `${newest - first} more tickets`);
      await page.close();
    },
  );

  for (const [language, reason, next] of [
    ["en", "Reason: The expert is ill", "Next date:"],
    ["uz", "Sabab: The expert is ill", "Keyingi sana:"],
    ["ru", "Причина: The expert is ill", "Следующая дата:"],
  ])
    await check(`an adjourned hearing says why and until when in ${language}`, async () => {
      const page = await open(`page=case&role=clerk&lang=${language}`);
      await page.getByTestId("adjourned-reason").getByText(reason).waitFor();
      await page.getByTestId("adjourned-next").getByText(next).waitFor();
      assert((await page.getByTestId("adjourned-reason").count()) === 1, "said of others as well");
      await page.close();
    });

  for (const language of ["en", "uz", "ru"]) {
    await check(`people and their links fit 320 px in ${language}`, async () => {
      const page = await open(`page=case&role=clerk&lang=${language}`, { width: 320, height: 640 });
      await page.locator(".cases__row > details > summary").first().click();
      await page.getByTestId("invited").first().waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      await page.close();
    });
  }

  await check(
    "two recordings of one hearing can be told apart, also when only their links are read",
    async () => {
      const page = await open("page=case&role=clerk&failure");
      const links = await page.getByTestId("recording-link").allTextContents();
      assert(links.length === 2 && new Set(links).size === 2, links.join(" | "));
      const torn = page.locator("[data-testid=evidence-row]", {
        hasText: "A failure cut this recording off",
      });
      assert((await torn.count()) === 1, "the interrupted one is not marked");
      await page.close();
    },
  );

  await check("whoever never opened a link is not told that their access has ended", async () => {
    const page = await open("page=case&nobody");
    await page.getByTestId("no-session").waitFor();
    assert((await page.getByTestId("problem").count()) === 0, "a problem is shown");
    await page.close();
  });

  await check("nobody with a link is offered to open a case", async () => {
    const page = await open("page=home&role=clerk");
    await page.locator(".cases__row").first().waitFor();
    assert((await page.locator("form").count()) === 0, "there is a form");
    await page.close();
  });
}
