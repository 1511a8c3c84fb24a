// Notes at moments of a sealed recording.

const CLERK = "page=recording&role=clerk";

export async function notes({ check, assert, open, axeOn }) {
  await check("a note is put at the moment at which somebody began to write, and leads there", async () => {
    const page = await open(CLERK);
    const fold = page.getByTestId("fold-annotations");
    await fold.getByText("1 note").waitFor();
    await fold.locator("> summary").click();
    await fold.getByText("Here begins what the decision quotes.").first().waitFor();
    const player = page.locator("#position");
    const goTo = (ms) =>
      player.evaluate((e, to) => {
        e.value = String(to);
        e.dispatchEvent(new Event("input", { bubbles: true }));
      }, ms);
    await goTo(7_000);
    await fold.getByText("It is put at the moment at which the player stands").waitFor();
    await fold.locator("#annotation-text").pressSequentially("The witness ");
    await fold.getByText("At 0:07 of part 1").waitFor();
    // The player goes on while somebody writes: the note stays where it was begun.
    await goTo(9_000);
    await fold.locator("#annotation-text").pressSequentially("corrects the date.");
    await fold.getByRole("button", { name: "Add the note" }).click();
    await fold.getByRole("status").getByText("The note is entered at 0:07 of part 1.").waitFor();
    const made = fold.getByTestId("annotation").filter({ hasText: "The witness corrects the date." });
    await made.waitFor();
    await fold.getByText("2 notes").waitFor();
    assert((await fold.locator("#annotation-text").inputValue()) === "", "the text stays");
    await axeOn(page);
    await made.getByRole("button").click();
    await page.waitForFunction(() => Number(document.querySelector("#position").value) >= 7_000);
    await page.close();
  });

  await check("what could not be saved stays in its place, and why is said", async () => {
    const page = await open(`${CLERK}&cut`);
    const fold = page.getByTestId("fold-annotations");
    await fold.locator("> summary").click();
    await fold.locator("#annotation-text").fill("Not lost.");
    await fold.getByRole("button", { name: "Add the note" }).click();
    await fold.getByRole("alert").waitFor();
    assert((await fold.locator("#annotation-text").inputValue()) === "Not lost.", "the text is lost");
    assert((await fold.getByTestId("annotation").count()) === 1, "a note that was not saved is shown");
    await page.close();
  });

  await check("a note stands on the timeline of its part, and a key there goes to its moment", async () => {
    const page = await open(CLERK);
    const mark = page.getByTestId("timeline-note");
    await mark.waitFor();
    const text = await mark.textContent();
    assert(text.includes("0:05") && text.includes("Here begins what the decision quotes."), text);
    await mark.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => Number(document.querySelector("#position").value) === 5_000);
    await axeOn(page);
    await page.close();
  });
}
