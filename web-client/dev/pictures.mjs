// The pictures of docs/screenshots that are made from fixed data: node dev/pictures.mjs [folder]
import { openBrowser } from "./browser.mjs";
import { startFixtures } from "./server.mjs";

const [folder = "../docs/screenshots"] = process.argv.slice(2);
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1000, height: 700 };
const unfold = (page, id) => page.getByTestId(`fold-${id}`).locator("> summary").click();

/** Name, page, size, what is done there first, and the part of the page; all of the window where none is named. */
const PICTURES = [
  ["testimony-witness", "page=capture&step=examination&asks=defence_counsel", PHONE],
  [
    "testimony-judge",
    "page=capture&role=judge&step=examination&asks=prosecutor&objects=defence_counsel",
    DESKTOP,
  ],
  ["testimony-played", "page=together&few&at=1000", PHONE],
  [
    "release",
    "page=release&nobody&secret=good",
    PHONE,
    async (page) => {
      await page.getByTestId("release-open").click();
      await page.getByTestId("release").waitFor();
    },
  ],
  ["requests", "page=recording&role=judge", DESKTOP, (page) => unfold(page, "requests"), "fold-requests"],
  ["notes", "page=recording&role=clerk", DESKTOP, () => undefined, "timeline"],
  ["custody", "page=recording&role=clerk", DESKTOP, (page) => unfold(page, "custody"), "fold-custody"],
  ["disposed", "page=recording&role=clerk&gone", DESKTOP],
];

const fixtures = await startFixtures();
const browser = await openBrowser();
for (const [name, query, viewport, first = () => undefined, part] of PICTURES) {
  const page = await browser.newPage({ viewport });
  await page.goto(`${fixtures.url}?${query}`);
  await page.locator("h1").waitFor({ state: "attached" });
  await first(page);
  // Pictures that play are looked at once they are there.
  await page.waitForTimeout(2_000);
  const path = `${folder}/${name}.png`;
  if (part) await page.getByTestId(part).screenshot({ path });
  else await page.screenshot({ path });
  await page.close();
}
await browser.close();
await fixtures.stop();
