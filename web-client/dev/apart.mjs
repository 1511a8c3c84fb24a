// Rooms apart, people who are gone, and a bench without a connection: nothing old is said as if it were so now.

export async function apart({ check, assert, open }) {
  const LANGUAGES = [
    ["en", "Not recorded here", "On the record"],
    ["uz", "Bu yerda yozilmaydi", "Yozilmoqda"],
    ["ru", "Здесь запись не ведётся", "Идёт запись"],
  ];
  for (const [language, here, record] of LANGUAGES) {
    await check(`in a private consultation nothing says that it is recorded, in ${language}`, async () => {
      const page = await open(`page=hearing&few&role=defence_counsel&lang=${language}`);
      const badge = page.getByTestId("recording-status");
      assert((await badge.textContent()) === record, await badge.textContent());
      const away = { state: "in_consultation", room: "consultation_room", consultation: 1 };
      await page.evaluate((self) => window.now({}, self, []), away);
      await badge.getByText(here).waitFor();
      assert((await badge.getAttribute("data-status")) === "not_here", "data-status");
      await page.getByTestId("announcer").getByText(here).waitFor();
      await page.evaluate(() => window.now({ recording: "failing" }, {}, []));
      await page.evaluate(() => window.now({ recording: "recording" }, {}, []));
      assert((await badge.textContent()) === here, await badge.textContent());
      const all = await page.evaluate(() => document.body.textContent);
      assert(!all.includes(record), "the record is spoken of");
      await page.evaluate(() =>
        window.now({}, { state: "in_hearing", room: "hearing_room", consultation: null }),
      );
      await badge.getByText(record).waitFor();
      await page.getByTestId("announcer").getByText(record).waitFor();
      await page.close();
    });
  }

  await check(
    "a judge who has retired reads both: not recorded here, and what the hearing's record does",
    async () => {
      const page = await open("page=hearing&role=judge&well");
      assert((await page.getByTestId("bench-record").count()) === 0, "said twice in the hearing room");
      await page.evaluate(() => window.now({}, { state: "retired", room: "retiring_room" }));
      await page.locator('[data-testid="recording-status"][data-status="not_here"]').waitFor();
      const record = page.getByTestId("bench-record");
      await record.getByText("In the hearing room: on the record").waitFor();
      await page.evaluate(() => (window.live.connection.state.value = "reconnecting"));
      await record.getByText("not known whether it is recorded").waitFor();
      await page.close();
    },
  );

  await check("in a consultation one reads how one comes back, and the hand reaches the bench", async () => {
    const page = await open("page=hearing&few&role=defence_counsel", { width: 320, height: 640 });
    await page.evaluate(() =>
      window.now({}, { state: "in_consultation", room: "consultation_room", consultation: 1 }, []),
    );
    const banner = page.locator('[data-banner="private-room"]');
    await banner.getByText("raise your hand").waitFor();
    await page.getByTestId("raise-hand").waitFor();
    await page.close();
    const judge = await open("page=hearing&role=judge&well");
    const counsel = (change) =>
      judge.evaluate((state) => {
        const { view } = window.live.hearing;
        const away = { state: "in_consultation", room: "consultation_room", consultation: 1, ...state };
        const participants = view.value.participants.map((p) =>
          p.role === "defence_counsel" ? { ...p, ...away } : p,
        );
        view.value = { ...view.value, participants };
      }, change);
    await counsel({ hand_raised: false });
    const back = judge.locator('[data-state="in_consultation"]').getByText("Back to the hearing room");
    await back.waitFor({ state: "hidden" });
    await counsel({ hand_raised: true });
    await back.waitFor({ state: "visible" });
    await judge.getByTestId("announcer").getByText("raises a hand").waitFor();
    assert((await back.count()) === 1, "twice");
    await judge.close();
  });

  await check("without a connection the bench claims nothing as present", async () => {
    const page = await open("page=hearing&role=judge&well");
    const state = page.getByTestId("hearing-state");
    await state.getByText("In session").waitFor();
    assert((await page.getByTestId("bench-stale").count()) === 0, "said while connected");
    await page.evaluate(() => (window.live.connection.state.value = "reconnecting"));
    await state.getByText("Not known at the moment").waitFor();
    assert((await state.getAttribute("data-state")) === "unknown", "data-state");
    await page.getByTestId("bench-stale").getByText("when the connection was lost").waitFor();
    await page.evaluate(() => (window.live.connection.state.value = "connected"));
    await state.getByText("In session").waitFor();
    await page.getByTestId("bench-stale").waitFor({ state: "detached" });
    await page.close();
  });

  await check("whoever is gone from the equipment check is not said to be checking", async () => {
    const page = await open("page=hearing&role=judge&well");
    const expert = page.locator("[data-person]", { hasText: "Sergey Kim" });
    const checking = (connected) =>
      page.evaluate((on) => {
        const { view } = window.live.hearing;
        const participants = view.value.participants.map((p) =>
          p.role === "expert" ? { ...p, state: "checking_equipment", room: null, connected: on } : p,
        );
        view.value = { ...view.value, participants };
      }, connected);
    await checking(true);
    await expert.getByText("Checking equipment").waitFor();
    await checking(false);
    await expert.getByText("Connection lost during the equipment check").waitFor();
    assert((await expert.getByText("Checking equipment").count()) === 0, "still checking");
    await page.close();
  });
}
