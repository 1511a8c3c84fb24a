// Whether what the page says is true where one stands at that moment: before one comes in, while a connection comes up or is
// lost, in a room of one's own, and after one has gone.

export async function standing({ check, assert, open, axeOn }) {
  await check("that the court log is not stored is said until it is, also on a narrow screen", async () => {
    for (const [language, says] of [
      ["en", "The court log is not being stored: 3 entries wait. Do not restart the server"],
      ["uz", "Sud jurnali saqlanmayapti: 3 ta qayd kutmoqda"],
      ["ru", "Протокол не сохраняется: ждут 3 записи"],
    ]) {
      const page = await open(`page=hearing&role=judge&lang=${language}`, { width: 320, height: 640 });
      const banner = page.locator('[data-banner="log-waiting"]');
      const waiting = (count) =>
        page.evaluate((log_waiting) => {
          const { view } = window.live.hearing;
          view.value = { ...view.value, log_waiting };
        }, count);
      assert((await banner.count()) === 0, "it is said while all is stored");
      await waiting(3);
      await banner.getByText(says).waitFor();
      await axeOn(page);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 320, `${width} px wide`);
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/log-waiting-${language}.png` });
      await waiting(0);
      await banner.waitFor({ state: "detached" });
      await page.close();
    }
  });

  await check("the case file opens in a tab that has the session, and only that of this tab", async () => {
    const page = await open("page=hearing&role=judge");
    await page.evaluate(() => sessionStorage.setItem("probe", "kept"));
    const link = page.locator("a.room__link");
    const [tab] = await Promise.all([page.waitForEvent("popup"), link.click()]);
    await tab.waitForLoadState();
    assert(new URL(tab.url()).pathname.startsWith("/case/"), tab.url());
    const kept = await tab.evaluate(() => sessionStorage.getItem("probe"));
    assert(kept === "kept", `the new tab has ${kept}`);
    await tab.close();
    await page.close();
  });

  for (const [query, says, never] of [
    ["", ["try your camera", "You wait. Nobody sees", "The court calls you"], ["lets you in", "back in"]],
    ["&role=prosecutor", ["The court lets you in when it is ready"], ["calls you"]],
    ["&role=observer", ["whether you hear the sound", "lets you in"], ["camera"]],
    [
      "&role=judge",
      ["try your camera", "After that you are in the hearing room"],
      ["You wait", "lets you in"],
    ],
    ["&role=clerk&self=checking_equipment&hearing=open", ["you are in the hearing room"], ["You wait"]],
    ["&self=waiting&hearing=in_session", ["back into the waiting room"], ["try your camera"]],
    [
      "&self=in_hearing&hearing=in_session",
      ["back in the room at once", "seen and heard there at once", "on the record"],
      ["What happens next", "You wait"],
    ],
    [
      "&self=in_hearing&hearing=paused",
      ["back in the room at once", "nobody is seen or heard there until"],
      ["on the record", "at once: your"],
    ],
    [
      "&role=defence_counsel&self=in_consultation&hearing=paused",
      ["private consultation", "seen and heard there at once"],
      ["stands still", "on the record"],
    ],
    ["&role=observer&self=in_hearing&hearing=in_session", ["You watch and listen"], ["camera"]],
    ["&hearing=closed&self=in_hearing", ["The hearing is over"], ["What happens next", "at once"]],
    [
      "&hearing=adjourned&reason=Illness&next=2026-12-01T05:00:00Z",
      ["Nobody can enter it now", "Reason: Illness", "Next date: Tuesday, 1 December 2026"],
      ["What happens next"],
    ],
    ["&hearing=adjourned", ["Nobody can enter it now", "not set yet"], ["Reason"]],
    ["&self=removed&hearing=in_session", ["ended your part"], ["What happens next"]],
    ["&self=dismissed&hearing=in_session", ["no longer needs you"], ["What happens next"]],
  ]) {
    await check(`the link page says what happens next: ${query || "invited"}`, async () => {
      const page = await open(`page=join${query}`);
      const main = page.locator("main");
      for (const words of says) await main.getByText(words).first().waitFor({ timeout: 5_000 });
      const text = await main.textContent();
      for (const words of never) assert(!text.includes(words), `says “${words}”: ${text}`);
      await page.close();
    });
  }

  await check(
    "whoever has a place in the room reads before the press that they come straight back",
    async () => {
      const page = await open("page=join&self=in_hearing&hearing=in_session", { width: 360, height: 740 });
      const notice = page.getByTestId("straight-back");
      await notice.waitFor();
      const button = page.getByTestId("join-continue");
      const [above, below] = [await notice.boundingBox(), await button.boundingBox()];
      assert(above.y + above.height <= below.y, "the notice is not above the button");
      assert(below.y + below.height <= 740, "the button is out of sight");
      await page.close();
    },
  );

  await check("the link page follows the hearing while somebody reads it", async () => {
    const page = await open("page=join&self=in_hearing&hearing=in_session");
    await page.getByTestId("straight-back").waitFor();
    await page.evaluate(() => {
      window.soon({ state: "closed" });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await page.getByText("Nobody can enter it any more").waitFor();
    assert((await page.getByTestId("straight-back").count()) === 0, "still straight back");
    assert((await page.getByTestId("join-continue").textContent()) === "Continue", "still invited");
    await page.close();
  });

  await check(
    "a session that has ended is told on the link page, and nothing of what happens next",
    async () => {
      const page = await open("page=join&self=nobody");
      await page.getByText("Your access has ended").waitFor();
      assert((await page.getByTestId("join-continue").count()) === 0, "may go on");
      await page.close();
    },
  );

  await check("in a room of one's own nobody reads that nobody is seen or heard", async () => {
    const page = await open("page=hearing&few&role=defence_counsel");
    const banners = page.getByTestId("banners");
    for (const state of ["paused", "suspended", "open"]) {
      await page.evaluate(
        (now) => window.now({ state: now }, { state: "in_hearing", room: "hearing_room" }),
        state,
      );
      await banners.getByText(/Nobody is seen/).waitFor();
      await page.evaluate(
        (now) => window.now({ state: now }, { state: "in_consultation", room: "consultation_room" }),
        state,
      );
      await banners.getByText("You are in a private consultation").waitFor();
      const text = await banners.textContent();
      assert(!/Nobody is seen/.test(text), `${state}: ${text}`);
    }
    await page.evaluate(() => window.now({ recording: "failing" }));
    assert((await page.locator('[data-banner="record-failing"]').count()) === 0, "told to stop speaking");
    await page.close();
  });

  await check(
    "who leaves reads what it takes to come back: the court its own way, all others theirs",
    async () => {
      for (const [role, words] of [
        ["judge", /After the equipment check you are in the hearing room again/],
        ["clerk", /After the equipment check you are in the hearing room again/],
        ["defence_counsel", /go through the check again, and wait until the court lets you in/],
      ]) {
        const page = await open(`page=hearing&role=${role}`);
        await page.getByTestId("leave").click();
        await page.locator("dialog[open]").getByText(words).waitFor();
        await page.close();
        const left = await open(`page=bye&bye=left&role=${role}`);
        const text = await left.getByTestId("ended").textContent();
        assert(/hearing room again/.test(text) === (role !== "defence_counsel"), `${role}: ${text}`);
        await left.close();
      }
    },
  );

  await check("until sound and picture go up the page says that they are not sent yet", async () => {
    const page = await open("page=hearing&few");
    const own = page.getByTestId("self-tile");
    assert((await page.getByTestId("unseen").count()) === 0, "said while they are sent");
    for (const state of ["idle", "connecting"]) {
      await page.evaluate((now) => {
        window.live.publisher.state.value = now;
      }, state);
      await page.locator('[data-banner="media-up"]').getByText("not sent yet").waitFor();
      await own.getByText("Not sent yet").waitFor();
      await page.evaluate(() => {
        window.live.publisher.state.value = "connected";
      });
      await page.locator('[data-banner="media-up"]').waitFor({ state: "detached" });
      await own.getByText("Not sent yet").waitFor({ state: "detached" });
    }
    await page.evaluate(() => {
      window.live.publisher.state.value = "interrupted";
    });
    await own.getByText("Not known whether the others see this").waitFor();
    await page.evaluate(() => {
      window.live.subscriber.state.value = "connecting";
    });
    await page.locator('[data-banner="media-down"]').waitFor();
    const over = await page.getByTestId("picture-stale").allTextContents();
    assert(over.length === 3 && over.every((o) => o === "Picture on its way"), over.join("; "));
    await page.close();
  });

  await check("who is sworn and silenced does not read that they give evidence now", async () => {
    const page = await open("page=hearing&few");
    const word = page.getByTestId("word");
    for (const form of ["sworn", "affirmed"]) {
      await page.evaluate((id) => {
        window.now({}, { muted: false });
        window.live.hearing.word.value = { id, at: Date.now() };
      }, form);
      await word.getByText("You are now giving evidence").waitFor();
      await page.evaluate(() => window.now({}, { muted: true }));
      await word.getByText("You give evidence once the court lets you speak again").waitFor();
      assert(!/now giving/.test(await word.textContent()), await word.textContent());
    }
    await page.close();
  });

  await check("without a connection no picture looks alive and no state is claimed", async () => {
    const page = await open("page=hearing&few");
    const state = page.locator(".room__state");
    assert((await state.textContent()) === "In session", await state.textContent());
    assert((await page.getByTestId("picture-stale").count()) === 0, "stale while connected");
    await page.evaluate(() => {
      window.live.connection.state.value = "reconnecting";
    });
    await state.getByText("Not known at the moment").waitFor();
    const over = await page.getByTestId("picture-stale").allTextContents();
    assert(over.length === 3 && over.every((o) => o.includes("may stand still")), over.join("; "));
    // Nobody is called silent or gone by what was so before; and one's own picture may go on to the others.
    await page.evaluate(() => {
      const { view } = window.live.hearing;
      const participants = view.value.participants.map((p) =>
        p.role === "judge" ? { ...p, connected: false } : p,
      );
      view.value = { ...view.value, participants };
    });
    const others = page.getByTestId("tile");
    assert((await others.locator(".tile__sign").count()) === 0, "a sign of before");
    assert(!/Microphone off/.test((await others.allTextContents()).join()), "somebody is called silent");
    const judge = await page.locator('.tile[data-role="judge"]').textContent();
    assert(/may stand still/.test(judge), `the judge is called gone: ${judge}`);
    const own = page.getByTestId("unseen");
    await own.getByText("Not known whether the others see this").waitFor();
    assert((await own.locator("svg").count()) === 0, "a lock, as if nobody saw it");
    await page.locator('[data-banner="reconnecting"]').getByText("you may still be seen and heard").waitFor();
    await page.evaluate(() => {
      window.live.connection.state.value = "connected";
    });
    await state.getByText("In session").waitFor();
    assert((await others.locator(".tile__sign").count()) > 0, "the signs do not come back");
    await page.locator('.tile[data-role="judge"]').getByText("Connection lost").waitFor();
    await page.evaluate(() => {
      window.live.subscriber.state.value = "interrupted";
    });
    await page.getByTestId("picture-stale").first().getByText("may stand still").waitFor();
    await page.close();
  });

  await check(
    "who switched the microphone off is not asked to speak louder, and can switch it on",
    async () => {
      for (const query of ["page=check", "page=waiting"]) {
        const page = await open(query);
        await page.evaluate(() => {
          const { sources } = window.live;
          sources.local.value.microphone.enabled = false;
          sources.wants.value = { ...sources.wants.value, microphone: false };
        });
        if (query === "page=check") {
          const verdict = page.getByTestId("check-verdict");
          await verdict.getByText("Your microphone is switched off").waitFor();
          assert((await page.getByTestId("check-again").count()) === 0, "a button that does nothing");
          await page.getByTestId("check-continue").getByText("Go on without a microphone").waitFor();
        } else await page.locator('[data-ready="picture"]').waitFor();
        await page.getByTestId("switch-on-microphone").click();
        await page.getByTestId("switch-on-microphone").waitFor({ state: "detached" });
        assert(await page.evaluate(() => window.live.sources.local.value.microphone.enabled), "still off");
        if (query === "page=check")
          await page.locator('[data-testid="check-verdict"][data-ok="true"]').waitFor();
        else await page.locator('[data-ready="both"]').waitFor();
        await page.close();
      }
    },
  );

  await check("whom the court has silenced the check and the waiting room tell so", async () => {
    const check = await open("page=check");
    await check.evaluate(() => window.now({}, { muted: true }, []));
    await check
      .getByTestId("check-verdict")
      .getByText("The court has switched your microphone off")
      .waitFor();
    assert((await check.getByTestId("switch-on-microphone").count()) === 0, "offered all the same");
    await check.close();
    const waiting = await open("page=waiting");
    await waiting.evaluate(() => window.now({}, { muted: true }, []));
    await waiting.locator('[data-ready="silenced"]').waitFor();
    await waiting.close();
  });

  await check("what is said aloud ends with the language and with the hearing", async () => {
    const page = await open("page=hearing&few&role=judge");
    const said = page.getByTestId("announcer");
    await page.evaluate(() => window.now({ recording: "off" }));
    await said.getByText("Off the record").waitFor();
    await page.locator("#language").selectOption("ru");
    await page.waitForFunction(() => document.querySelector('[data-testid="announcer"]').textContent === "");
    await page.evaluate(() => window.now({ recording: "recording" }));
    await said.getByText("Идёт запись").waitFor();
    await page.evaluate(() => {
      window.live.hearing.word.value = { id: "unmuted", at: Date.now() };
      window.live.hearing.receive({ type: "bye", reason: "removed" }, Date.now());
    });
    await page.getByTestId("ended").waitFor();
    assert((await said.textContent()) === "", await said.textContent());
    assert((await page.getByTestId("announcer-word").textContent()) === "", "a word after the end");
    await page.close();
  });

  await check("who was removed may try again, and whose access ended is promised no link", async () => {
    const removed = await open("page=bye&bye=removed");
    await removed.getByTestId("come-back").getByText("Try again").waitFor();
    await removed.getByText("If the court tells you that you may come back").waitFor();
    await removed.close();
    const dismissed = await open("page=bye&bye=dismissed");
    await dismissed.getByText("If the court calls you back").waitFor();
    await Promise.all([
      dismissed.waitForEvent("load"),
      dismissed.getByTestId("come-back").getByText("Try again").click(),
    ]);
    await dismissed.close();
    const ended = await open("page=bye&bye=session_invalid");
    await ended.getByText("If it no longer opens, the court has withdrawn it or it has expired").waitFor();
    await ended.close();
  });

  await check(
    "after a reload an adjournment still has its reason and its date, each in its own sentence",
    async () => {
      const date = "&hearing=adjourned&next=2026-12-01T05:00:00Z";
      const counsel = await open(`page=bye&bye=hearing_adjourned&role=prosecutor${date}&reason=Illness`);
      await counsel.getByText("Reason: Illness", { exact: true }).waitFor();
      await counsel.getByText(/^Next date: Tuesday, 1 December 2026/).waitFor();
      await counsel.close();
      const waited = await open(`page=bye&bye=hearing_adjourned${date}`);
      await waited.getByText(/^Next date: Tuesday, 1 December 2026/).waitFor();
      assert((await waited.getByTestId("adjourned-reason").count()) === 0, "a reason from nowhere");
      await waited.close();
      const judge = await open(`page=bye&bye=hearing_adjourned&role=judge${date}&reason=Illness`);
      const text = await judge.getByTestId("ended").textContent();
      assert(!/everybody was told/.test(text), text);
      await judge.close();
    },
  );

  await check("the recordings of one hearing are told apart, and one that was cut off says so", async () => {
    const page = await open("page=ended&role=clerk&cut");
    const rows = page.locator("li", { has: page.getByTestId("recording-link") });
    await rows
      .first()
      .getByText(/on the record · sealed Tuesday, 24 November 2026/)
      .waitFor();
    assert((await rows.count()) === 2, `${await rows.count()} recordings`);
    const [one, two] = await page.getByTestId("recording-link").allTextContents();
    assert(/part 1/.test(one) && /part 2/.test(two), `${one}; ${two}`);
    assert(/cut this recording off/.test(await rows.first().textContent()), "the later part comes first");
    assert(
      /Karimova 0:|Karimova \d/.test(await rows.first().textContent()),
      await rows.first().textContent(),
    );
    const cut = rows.filter({ hasText: "A failure cut this recording off" });
    assert((await cut.count()) === 1, `${await cut.count()} say that they were cut off`);
    await page.close();
  });

  await check(
    "who only watches has a button for the sound, and is not told that they hear what they do not",
    async () => {
      const page = await open("page=waiting&role=observer&lang=ru");
      await page.evaluate(() => {
        window.now({}, { state: "in_hearing", room: "hearing_room" });
      });
      const button = page.getByTestId("devices");
      assert((await button.textContent()) === "Звук", await button.textContent());
      await page.locator("#language").selectOption("en");
      const word = page.getByTestId("word");
      await word.getByText("You see and hear the hearing").waitFor();
      await page.evaluate(() => {
        window.live.soundBlocked.value = true;
      });
      await word.getByText("Press the button to hear the hearing").waitFor();
      await page.evaluate(() => {
        window.live.subscriber.state.value = "connecting";
      });
      await word.getByText("You do not see and hear the hearing at the moment").waitFor();
      await page.close();
    },
  );

  await check("letting somebody come back who is not connected is not told as if they waited", async () => {
    const page = await open("page=hearing&role=judge&well");
    await page.evaluate(() => {
      const { hearing } = window.live;
      const as = (state) => {
        const participants = hearing.view.value.participants.map((p) =>
          p.role === "observer" ? { ...p, state, room: null, connected: false } : p,
        );
        hearing.view.value = { ...hearing.view.value, participants };
      };
      const participant = hearing.view.value.participants.find((p) => p.role === "observer").id;
      as("removed");
      const act = hearing.begin({ act: "send_to_waiting", participant });
      as("invited");
      hearing.finish(act, null);
    });
    const acts = page.getByTestId("acts");
    await acts.getByText("Let Madina Qodirova come back").waitFor();
    await acts.getByText("They may come back, and are not here yet.").waitFor();
    assert(!/waiting room/.test(await acts.textContent()), await acts.textContent());
    await page.close();
  });
}
