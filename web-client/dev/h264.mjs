// The player on tracks in H.264, one that our own recorder wrote, and a longer one of the same layout; and that of each
// moment its own picture is shown.

import { readFileSync } from "node:fs";

const CLERK = "page=recording&role=clerk";
const COUNSEL = "Elena Sokolova";
const RECORDED = "**/dev-media/track/segment-001/defence_counsel-camera.mp4";
const LARGE = "**/dev-media/track/segment-001/judge-camera.mp4";
/** Pictures are 40 ms apart. */
const NEAR_S = 0.05;

export async function h264({ check, assert, open, fixtures }) {
  /** The page after these routes, so that none of its requests misses them. */
  const openWith = async (query, prepare) => {
    const page = await open("page=unknown");
    await prepare(page);
    await page.goto(`${fixtures.url}?${query}`);
    await page.getByTestId("player").waitFor();
    return page;
  };
  const goTo = (page, ms) =>
    page.locator("#position").evaluate((e, to) => {
      e.value = String(to);
      e.dispatchEvent(new Event("input", { bubbles: true }));
    }, ms);
  const stageOf = (page, name) => page.locator(".player__tile", { hasText: name }).getByTestId("stage");
  /** Waits for the picture of that moment on the screen, by the browser's own word. */
  const shows = (page, name, seconds, width, near = NEAR_S) =>
    stageOf(page, name)
      .locator("video")
      .evaluate(
        (video, [from, near, wide]) =>
          new Promise((done, fail) => {
            let at = null;
            const late = setTimeout(
              () => fail(new Error(`shows ${at} of ${from}, ${video.videoWidth} px`)),
              30_000,
            );
            const look = (_, { mediaTime }) => {
              at = mediaTime;
              video.requestVideoFrameCallback(look);
            };
            video.requestVideoFrameCallback(look);
            // The element tells a new size a moment after the picture.
            const wait = () => {
              const there = at !== null && at <= from + 0.005 && at > from - near;
              if (!there || video.videoWidth !== wide) return requestAnimationFrame(wait);
              clearTimeout(late);
              done();
            };
            wait();
          }),
        [seconds, near, width],
      );

  await check("a track in H.264 as the recorder wrote it shows the picture of each moment", async () => {
    const page = await open(CLERK);
    const at = async (ms, width, near) => {
      const shown = shows(page, COUNSEL, ms / 1000, width, near);
      await goTo(page, ms);
      await shown;
    };
    await at(2_000, 64);
    // After the camera stood still, and before the next key frame.
    await at(5_300, 64);
    await at(3_000, 64);
    // While it does, its last picture.
    await at(4_600, 64, 0.75);
    // Another size from the middle of the file on.
    await at(7_000, 48);
    await at(11_000, 48);
    await at(1_000, 64);
    await goTo(page, 300);
    await stageOf(page, COUNSEL).locator("[data-says=blank]").waitFor();
    assert(page.errors.length === 0, page.errors.join("; "));
    await page.close();
  });

  await check("a track in WebM shows the picture of each moment", async () => {
    const page = await open(CLERK);
    // Key frames are five seconds apart.
    for (const ms of [2_000, 6_300, 3_000, 9_700, 100]) {
      const shown = shows(page, "Nodira Yusupova", ms / 1000, 320);
      await goTo(page, ms);
      await shown;
    }
    await page.close();
  });

  await check("a track in H.264 plays on over a pause of its camera, in time, to the end", async () => {
    const page = await open(CLERK);
    const begins = shows(page, COUNSEL, 2.5, 64);
    await goTo(page, 2_500);
    await begins;
    const frames = () =>
      stageOf(page, COUNSEL)
        .locator("video")
        .evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
    const before = await frames();
    await page.getByTestId("player-play").click();
    // Shortly before the end: there the player goes on to the next part.
    const near = await page.waitForFunction((name) => {
      if (Number(document.querySelector("#position").value) < 11_400) return null;
      const tiles = [...document.querySelectorAll(".player__tile")];
      const video = tiles.find((tile) => tile.textContent.includes(name)).querySelector("video");
      const missing = document.querySelectorAll("[data-says]").length;
      return { at: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames, missing };
    }, COUNSEL);
    const { at: end, frames: all, missing } = await near.jsonValue();
    assert(missing === 0, "somebody is said to be missing");
    // Some two hundred follow, of which the browser may have had some ready.
    const played = all - before;
    assert(played > 160, `${played} pictures`);
    assert(end > 11, `it is at ${end}`);
    await page.waitForFunction(() => document.querySelector("#segment").value === "2");
    await page.close();
  });

  await check("a long track in H.264 is fetched only where it is played", async () => {
    let release;
    const released = new Promise((done) => {
      release = done;
    });
    let asked = 0;
    let size = 0;
    const page = await openWith(`${CLERK}&h264`, (p) =>
      p.route(LARGE, async (route) => {
        const [, from, to] = /bytes=(\d+)-(\d+)/.exec(route.request().headers().range).map(Number);
        asked += to + 1 - from;
        // Playing has got no further when somebody goes elsewhere.
        if (from > 16 * 1024) await released;
        await route.continue();
      }),
    );
    page.on("response", async (response) => {
      if (response.url().endsWith("judge-camera.mp4"))
        size = Number(response.headers()["content-range"]?.split("/")[1] ?? 0);
    });
    const name = "Nodira Yusupova";
    const first = shows(page, name, 11.3, 640);
    await goTo(page, 11_300);
    release();
    await first;
    assert(size > 3_000_000, `${size} bytes`);
    assert(asked < size * 0.6, `${asked} of ${size} bytes`);
    const back = shows(page, name, 4.1, 640);
    await goTo(page, 4_100);
    await back;
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 6_000);
    const spread = await page.getByTestId("player").getAttribute("data-spread");
    assert(Number(spread) < 100, `${spread} ms apart`);
    await page.getByTestId("player-play").click();
    await goTo(page, 12_000);
    await stageOf(page, name).and(page.locator("[data-standing=end]")).waitFor();
    await page.close();
  });

  await check("a browser without H.264 says so of that track, and plays the others", async () => {
    const page = await openWith(CLERK, (p) =>
      p.addInitScript(() => {
        const all = MediaSource.isTypeSupported.bind(MediaSource);
        MediaSource.isTypeSupported = (type) => !type.includes("avc1") && all(type);
      }),
    );
    await stageOf(page, COUNSEL).getByText("This picture cannot be played in this browser").waitFor();
    await page.getByTestId("not-played").getByText(`Picture of ${COUNSEL}`).waitFor();
    assert((await page.getByTestId("not-played").locator("li").count()) === 1, "others are missing as well");
    await page.getByTestId("player-play").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) > 1_500);
    await page.close();
  });

  await check(
    "a track in H.264 plays up to where it is damaged, and that is said from there on",
    async () => {
      const file = readFileSync(new URL("camera.mp4", import.meta.url));
      // The head of the first fragment from 8 s on.
      let damaged = 0;
      for (let at = file.indexOf("moof"); at > 0 && damaged === 0; at = file.indexOf("moof", at + 1)) {
        const ticks = file.readUInt32BE(file.indexOf("tfdt", at) + 12);
        if (ticks >= 8 * 90_000) damaged = at - 4;
      }
      const page = await openWith(CLERK, (p) =>
        p.route(RECORDED, async (route) => {
          const response = await route.fetch();
          const body = await response.body();
          const from = Number(/bytes (\d+)-/.exec(response.headers()["content-range"])[1]);
          for (let at = damaged; at < damaged + 16; at++)
            if (at >= from && at < from + body.length) body[at - from] = 0x5a;
          await route.fulfill({ response, body });
        }),
      );
      const before = shows(page, COUNSEL, 7.3, 48);
      await goTo(page, 7_300);
      await before;
      await goTo(page, 10_600);
      await stageOf(page, COUNSEL).locator("[data-says=unplayable]").waitFor();
      await page.getByTestId("not-played").getByText(`Picture of ${COUNSEL}`).waitFor();
      const again = shows(page, COUNSEL, 2, 64);
      await goTo(page, 2_000);
      await again;
      assert((await page.getByTestId("not-played").locator("li").count()) === 0, "it is still said");
      await page.close();
    },
  );
}
