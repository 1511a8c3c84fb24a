// Pictures of every fixture page: node dev/shots.mjs [folder] [language] [name]
import { mkdirSync } from "node:fs";
import { openBrowser, PAGES } from "./browser.mjs";
import { startFixtures } from "./server.mjs";

const [folder = "shots", language = "en", only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const fixtures = await startFixtures();
const browser = await openBrowser();
for (const [width, height] of [
  [1280, 800],
  [320, 640],
  [360, 740],
]) {
  const page = await browser.newPage({ viewport: { width, height } });
  for (const [name, query] of PAGES) {
    if (only && !name.startsWith(only)) continue;
    await page.goto(`${fixtures.url}?${query}&lang=${language}`);
    await page.locator("h1").waitFor({ state: "attached" });
    await page.waitForTimeout(name.startsWith("check") ? 1500 : 700);
    await page.screenshot({ path: `${folder}/${name}-${width}-${language}.png`, fullPage: true });
  }
  await page.close();
}
await browser.close();
await fixtures.stop();
