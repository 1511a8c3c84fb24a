// Cameras and microphones that come, go and are refused, in a real browser with its fake devices.
import { openBrowser } from "./browser.mjs";

/** Runs in the page before its own code: keeps every track that was ever opened. */
function watchTracks() {
  window.opened = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.opened.push(...stream.getTracks());
    return stream;
  };
}

export async function devices({ check, assert, fixtures }) {
  const run = async (name, options, act) =>
    check(name, async () => {
      const browser = await openBrowser(options);
      try {
        const context = await browser.newContext();
        await context.addInitScript(watchTracks);
        const page = await context.newPage();
        await page.goto(`${fixtures.url}?page=hearing&few${options.query ?? ""}`);
        await page.getByTestId("tile").first().waitFor();
        await act(page, context);
      } finally {
        await browser.close();
      }
    });

  await run("a camera that opens after one has left is closed at once", {}, async (page) => {
    const states = await page.evaluate(async () => {
      const opening = window.live.sources.openAll();
      const stopped = window.live.stop();
      await Promise.all([opening, stopped]);
      return window.opened.map((t) => t.readyState);
    });
    assert(states.length === 2 && states.every((s) => s === "ended"), states.join(", "));
  });

  await run(
    "of two choices in a hurry the later counts, and nothing stays open beside it",
    {},
    async (page) => {
      const live = await page.evaluate(async () => {
        const { sources } = window.live;
        const [camera] = (await navigator.mediaDevices.enumerateDevices()).filter(
          (d) => d.kind === "videoinput",
        );
        await Promise.all([sources.openAll(), sources.choose("camera", camera.deviceId), sources.openAll()]);
        const local = Object.values(sources.local.value).filter(Boolean);
        return { open: window.opened.filter((t) => t.readyState === "live").length, local: local.length };
      });
      assert(live.open === 2 && live.local === 2, JSON.stringify(live));
    },
  );

  await run("a camera switched off while it opens stays off", {}, async (page) => {
    const open = await page.evaluate(async () => {
      const opening = window.live.sources.openAll();
      await Promise.all([opening, window.live.setSource("camera", false)]);
      return window.opened.filter((t) => t.readyState === "live").map((t) => t.kind);
    });
    assert(open.join() === "audio", open.join());
  });

  await run(
    "a microphone that is pulled out is replaced, and the person reads by which",
    {},
    async (page) => {
      await page.evaluate(async () => {
        const { sources } = window.live;
        await sources.openAll();
        sources.local.value.microphone.dispatchEvent(new Event("ended"));
      });
      const banner = page.locator('[data-banner="replaced-microphone"]');
      await banner.getByText("Your microphone was disconnected. The page now uses: Fake").waitFor();
      assert(await page.evaluate(() => window.live.sources.sends("microphone")), "nothing is sent");
      await banner.getByRole("button").click();
      await banner.waitFor({ state: "detached" });
    },
  );

  await run(
    "with no other microphone the page says so, and takes the next that is plugged in",
    {},
    async (page) => {
      await page.evaluate(async () => {
        const { sources } = window.live;
        window.unwatch = sources.watch();
        await sources.openAll();
        window.ask = navigator.mediaDevices.getUserMedia;
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
        sources.local.value.microphone.dispatchEvent(new Event("ended"));
      });
      await page.locator('[data-banner="microphone-missing"]').waitFor();
      assert(
        (await page.getByTestId("mic-toggle").textContent()) === "No microphone",
        "the button says something else",
      );
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = window.ask;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
      });
      await page.locator('[data-banner="microphone-missing"]').waitFor({ state: "detached" });
      assert(await page.evaluate(() => window.live.sources.sends("microphone")), "it was not taken");
    },
  );

  await run("a device that the system holds back is named until it comes back", {}, async (page) => {
    await page.evaluate(async () => {
      await window.live.sources.openAll();
      const track = window.live.sources.local.value.microphone;
      window.held = true;
      Object.defineProperty(track, "muted", { get: () => window.held });
      track.dispatchEvent(new Event("mute"));
    });
    await page.locator('[data-banner="held-microphone"]').waitFor();
    await page.evaluate(() => {
      window.held = false;
      window.live.sources.local.value.microphone.dispatchEvent(new Event("unmute"));
    });
    await page.locator('[data-banner="held-microphone"]').waitFor({ state: "detached" });
  });

  await run(
    "what the browser refuses comes by itself once it is allowed",
    { asks: true },
    async (page, context) => {
      await page.evaluate(async () => {
        window.unwatch = window.live.sources.watch();
        await window.live.sources.openAll();
      });
      await page.locator('[data-banner="devices-denied"]').waitFor();
      await context.grantPermissions(["camera", "microphone"]);
      await page.locator('[data-banner="devices-denied"]').waitFor({ state: "detached" });
      const { camera, microphone } = await page.evaluate(() => ({
        camera: window.live.sources.sends("camera"),
        microphone: window.live.sources.sends("microphone"),
      }));
      assert(camera && microphone, "not both are sent");
    },
  );

  await run(
    "sound that the browser holds back is offered, and one press brings it",
    { asks: true, query: "&loud" },
    async (page) => {
      await page.getByTestId("hear").click();
      await page.getByTestId("hear").waitFor({ state: "detached" });
      await page.waitForFunction(() => [...document.querySelectorAll("audio")].every((e) => !e.paused));
    },
  );

  await run("how loud the others are can be set in the room", { query: "&loud" }, async (page) => {
    await page.getByTestId("devices").click();
    await page.locator("#volume").fill("40");
    await page.getByRole("button", { name: "Done" }).click();
    const volumes = await page.evaluate(() => [...document.querySelectorAll("audio")].map((e) => e.volume));
    assert(volumes.length > 0 && volumes.every((v) => v === 0.4), volumes.join());
    assert(
      (await page.evaluate(() => document.activeElement.dataset.testid)) === "devices",
      "the focus is lost",
    );
  });
}
