// One press is one act, by keyboard, pointer or a screen reader's own command: whatever stands where the button was.

/** A court that does at once what a page asks, and counts it. */
const answer = (page) =>
  page.evaluate(() => {
    window.sent = [];
    const { hearing, connection } = window.live;
    const people = (change) => (window.live.hearing.view.value = { ...hearing.view.value, ...change });
    connection.act = async (act) => {
      window.sent.push(act);
      if (act.act === "go_off_record") people({ recording: "off" });
      if (act.act === "go_on_record") people({ recording: "recording" });
      if (act.act === "in_camera") people({ in_camera: act.on });
      if (act.act === "pause") people({ state: "paused" });
      if (act.act === "resume") people({ state: "in_session" });
      if (act.act === "mute")
        people({
          participants: hearing.view.value.participants.map((p) =>
            p.id === act.participant ? { ...p, muted: act.muted } : p,
          ),
        });
      return null;
    };
  });
const sent = (page) => page.evaluate(() => window.sent.map((a) => a.act));
/** Until a press would be taken again. */
const settled = (page) => page.waitForFunction(() => document.documentElement.dataset.pressed === undefined);
const twoFrames = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** A switch of the bench: its button, the button that takes its place, where the focus belongs in between. */
const SWITCHES = [
  ["the record", "off-record", "on-record", ".bench__now"],
  ["the hearing itself", "pause", "resume", ".bench__now"],
  ["closing to the public", "in-camera", "in-camera", "section[aria-labelledby=bench-more]"],
  ["silencing", "mute", "mute", "[data-person]"],
];

export async function keys({ check, assert, open }) {
  const bench = async (id) => {
    const page = await open("page=hearing&role=judge&well");
    await answer(page);
    const person = await page.locator("[data-testid^=mute-]").first().getAttribute("data-testid");
    const button = (name) => page.getByTestId(name === "mute" ? person : name);
    await button(id).focus();
    return { page, button };
  };

  for (const [what, id, opposite, place] of SWITCHES) {
    await check(`${what}: the second Enter does not undo the first, and the focus has a place`, async () => {
      const { page, button } = await bench(id);
      const node = await button(id).elementHandle();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      await twoFrames(page);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Space");
      assert((await sent(page)).length === 1, `sent: ${await sent(page)}`);
      assert(!(await node.evaluate((e) => e.isConnected)), "the opposite act has the same node");
      const at = await page.evaluate((s) => document.activeElement.matches(s), place);
      assert(at, await page.evaluate(() => `focus on ${document.activeElement.outerHTML.slice(0, 120)}`));
      // A reader's command, or Tab and Enter in haste, reaches the button all the same: not before it could be read.
      await button(opposite).evaluate((e) => e.click());
      assert((await sent(page)).length === 1, "taken at once");
      await settled(page);
      await button(opposite).evaluate((e) => e.click());
      await page.waitForFunction(() => window.sent.length === 2);
      await page.close();
    });

    await check(`${what}: Enter that is held acts once`, async () => {
      const { page, button } = await bench(id);
      await button(id).focus();
      for (let i = 0; i < 12; i++) await page.keyboard.down("Enter");
      await settled(page);
      // Even where the focus is put on the button that came.
      await button(opposite).focus();
      for (let i = 0; i < 12; i++) await page.keyboard.down("Enter");
      await page.keyboard.up("Enter");
      assert((await sent(page)).length === 1, `sent: ${await sent(page)}`);
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => window.sent.length === 2);
      await page.close();
    });
  }

  await check(
    "the own microphone: one press, however long or often, switches once; the focus stays",
    async () => {
      const page = await open("page=hearing&few");
      await page.evaluate(() => {
        window.switched = [];
        const { live } = window;
        live.setSource = async (_source, on) => {
          window.switched.push(on);
          live.sources.local.value.microphone.enabled = on;
          live.sources.wants.value = { ...live.sources.wants.value, microphone: on };
        };
      });
      const toggle = page.getByTestId("mic-toggle");
      await toggle.focus();
      for (let i = 0; i < 6; i++) await page.keyboard.down("Enter");
      await page.keyboard.up("Enter");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Space");
      const switched = () => page.evaluate(() => window.switched.join());
      assert((await switched()) === "false", await switched());
      await settled(page);
      await page.keyboard.press("Enter");
      assert((await switched()) === "false,true", await switched());
      await page.close();
    },
  );

  await check("Enter that is held on a question's button does not answer the question", async () => {
    const { page, button } = await bench("off-record");
    await page.locator("summary", { hasText: "Suspend, adjourn or close" }).click();
    await button("close").focus();
    for (let i = 0; i < 8; i++) await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");
    await page.locator("dialog[open]").waitFor();
    assert((await sent(page)).length === 0, `sent: ${await sent(page)}`);
    await page.close();
  });
}
