import type { Page } from "@playwright/test";
import { applied, proposal, proposed, sayThreeThings, title } from "./banner";
import { say } from "./conversation";
import { expect, logIn, test } from "./fixtures";
import { direct } from "./model";
import { expectAccessible, expectNoSideScroll } from "./screen";
import { SessionView } from "./session";

// Several turns each, on a machine that may be slow.
test.describe.configure({ timeout: 120_000 });

const nextTitle = "Reset Autodiscover registry entries for this user";

/** Collects what the page says aloud. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      const text = document.querySelector("[aria-live=polite]")?.textContent;
      if (text && said.at(-1) !== text) said.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

test("a proposal says what it is, folds when nobody touches it, and unfolds", async ({ page }) => {
  await page.clock.install();
  await logIn(page);
  const { view } = await proposed(page);
  const { banner } = view;
  await expect(banner).toContainText("94% confidence", { ignoreCase: true });
  const apply = banner.getByRole("button", { name: "Apply fix" });
  await page.clock.fastForward(25_000);
  await banner.hover();
  await page.clock.fastForward(25_000);
  await expect(apply).toBeVisible();
  await page.clock.fastForward(31_000);
  await expect(apply).toHaveCount(0);
  await expect(banner).toContainText(title);
  const height = await banner.evaluate((element) => element.getBoundingClientRect().height);
  expect(Math.round(height)).toBe(29); // The strip of 28 pixels below its hairline.

  await banner.getByRole("button", { name: /expand/ }).focus();
  await page.keyboard.press("Enter");
  const collapse = banner.getByRole("button", { name: "Collapse the proposal" });
  await expect(collapse).toBeFocused();
  await page.clock.fastForward(60_000);
  await expect(apply, "whoever is in it with the keyboard is not idle").toBeVisible();
  await page.keyboard.press("Enter");
  await expect(banner.getByRole("button", { name: /expand/ })).toBeFocused();
});

test("verifying counts on and is the same after a reload and in a second tab; what one tab does, the other shows", async ({
  page,
  context,
}) => {
  await page.clock.install();
  await logIn(page);
  const { view } = await applied(page);
  await expect(view.banner).toContainText(/Applied \d\d:\d\d · just now/i);
  await page.clock.fastForward("02:05");
  await expect(view.banner).toContainText(/· 2m ago/i);
  await page.reload();
  await expect(view.banner).toContainText("Verifying");
  await expect(view.banner).toContainText(`Did “${title}” work?`);

  const other = await context.newPage();
  await other.goto(page.url());
  const second = new SessionView(other);
  await expect(second.banner).toContainText("Verifying");
  await second.banner.getByRole("button", { name: "It worked" }).click();
  await expect(second.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
  await expect(view.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
});

test("a note to an outcome survives a reload, a partial one is required, edited inline, and finishing goes back to verifying", async ({
  page,
}) => {
  await logIn(page);
  const { view } = await applied(page);
  const { banner } = view;
  const note = banner.getByRole("textbox", { name: "What was done, and what remains?" });
  await banner.getByRole("button", { name: "More outcomes" }).click();
  await page.getByRole("menuitem", { name: "Partial…" }).click();
  await expect(note).toBeFocused();
  await expect(banner.getByRole("button", { name: "Record" })).toBeDisabled();
  await note.fill("x".repeat(600));
  await expect(note).toHaveValue("x".repeat(500));
  await note.fill("Credentials cleared, profile waits");
  await page.reload();
  await expect(note).toHaveValue("Credentials cleared, profile waits");
  await note.press("Enter");
  await expect(banner).toContainText("Parked");
  await expect(note).toHaveCount(0);
  await expect(banner).toContainText("Credentials cleared, profile waits");

  await banner.getByRole("button", { name: "Edit note" }).click();
  await expect(note).toHaveValue("Credentials cleared, profile waits");
  await note.fill("Only the profile is left");
  await banner.getByRole("button", { name: "Record" }).click();
  await expect(note).toHaveCount(0);
  await expect(banner).toContainText("Only the profile is left");
  await page.reload();
  await expect(banner).toContainText("Only the profile is left");

  await banner.getByRole("button", { name: "Finish it" }).click();
  await expect(banner).toContainText("Verifying");
  await banner.getByRole("button", { name: "Didn't work" }).click();
  await banner.getByRole("textbox", { name: /^What did you see/ }).fill("The same 401");
  await banner.getByRole("button", { name: "Record" }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.getByRole("log").getByText(/It did not work: .+ — The same 401/)).toBeVisible();
});

test("what the pilot reads as success waits for a click: not yet forgets it for good, confirm records and opens the note", async ({
  page,
}) => {
  await logIn(page);
  const { view } = await applied(page);
  const { banner } = view;
  await say(view, "yep it worked, thanks");
  await expect(banner).toContainText("Pilot detected outcome");
  await expect(banner.getByRole("button", { name: /^Based on your message at \d\d:\d\d$/ })).toBeVisible();
  await banner.getByRole("button", { name: "Not yet" }).click();
  await expect(banner).toContainText("Verifying");
  await page.reload();
  await expect(banner).toContainText("Verifying");

  await say(view, "now it worked for sure");
  await banner.getByRole("button", { name: "Confirm · Resolve" }).click();
  await expect(view.note.getByRole("heading", { name: "Problem" })).toBeVisible();
  await expect(banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
});

test("what the pilot reads as failure or partial is chosen already, with its reason, and does not take the focus", async ({
  page,
}) => {
  await logIn(page);
  const { view } = await applied(page);
  const { banner } = view;
  await say(view, "it partly helped, Teams signs in");
  const remains = banner.getByRole("textbox", { name: "What was done, and what remains?" });
  await expect(remains).toHaveValue("it partly helped, Teams signs in");
  await expect(remains).not.toBeFocused();
  await remains.fill("Teams signs in, Outlook does not");
  await banner.getByRole("button", { name: "Confirm · Partial" }).click();
  await expect(banner).toContainText("Parked");
  await expect(banner).toContainText("Teams signs in, Outlook does not");

  await banner.getByRole("button", { name: "Finish it" }).click();
  await expect(banner).toContainText("Verifying");
  await say(view, "it is still broken");
  await expect(banner.getByRole("textbox", { name: /^What did you see/ })).toHaveValue("it is still broken");
  await banner.getByRole("button", { name: "No, didn't work" }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.getByRole("log").getByText(/It did not work: .+ — it is still broken/)).toBeVisible();
});

test("after three messages without an outcome a thin reminder asks; still checking silences it for three more", async ({
  page,
}) => {
  test.setTimeout(120_000);
  await logIn(page);
  const { view } = await applied(page);
  const { banner } = view;
  const stillChecking = banner.getByRole("button", { name: "Still checking" });
  await sayThreeThings(view, "first");
  await expect(stillChecking).toBeVisible();
  await page.reload();
  await stillChecking.click();
  await expect(banner).toContainText("Verifying");
  await say(view, "Not there yet");
  await page.reload();
  await expect(banner).toContainText("Verifying");
  await say(view, "Almost there");
  await expect(banner).toContainText("Verifying");
  await say(view, "The profile is being made");
  await expect(stillChecking).toBeVisible();
  await banner.getByRole("button", { name: "Yes" }).click();
  await expect(banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
});

test("words and focus stay in the note while the state changes around it", async ({ page }) => {
  await logIn(page);
  const { view } = await applied(page);
  await view.banner.getByRole("button", { name: "Didn't work" }).click();
  const note = view.banner.getByRole("textbox", { name: /^What did you see/ });
  await say(view, "it is still broken");
  await expect(view.banner).toContainText("Pilot detected outcome");
  await note.fill("half a tho");
  await view.banner.getByRole("button", { name: "Not yet" }).focus();
  await page.keyboard.press("Enter");
  await expect(view.banner).toContainText("Verifying");
  await expect(note).toHaveValue("half a tho");
});

test("a new proposal takes the place of the old one, whose note stays with it, and the conversation asks whether the old one helped", async ({
  page,
}) => {
  const said = await listen(page);
  await logIn(page);
  const { view, word } = await applied(page);
  const { banner } = view;
  await banner.getByRole("button", { name: "Didn't work" }).click();
  await banner.getByRole("textbox").fill("Meant for the old fix");
  await direct(word, proposal({ title: nextTitle, confidence: 78 }));
  await say(view, "What else could it be?");
  await expect(banner).toContainText("New suggested fix");
  await expect(banner).toContainText(nextTitle);
  await expect.poll(said).toContain(`Suggested fix: ${nextTitle}. 78% confidence.`);
  const log = page.getByRole("log");
  await expect(log.getByText(`New proposal “${nextTitle}” replaces “${title}”.`)).toBeVisible();
  await page.reload();
  await expect(banner).toContainText("New suggested fix");
  await banner.getByRole("button", { name: "Apply fix" }).click();
  await banner.getByRole("button", { name: "Didn't work" }).click();
  await expect(banner.getByRole("textbox")).toHaveValue("");
  await banner.getByRole("button", { name: "Cancel" }).click();

  const question = page.getByRole("region", { name: `Did “${title}” help?` });
  await question.getByRole("button", { name: "Partly…" }).click();
  await question.getByRole("textbox").fill("Teams signed in again");
  await question.getByRole("button", { name: "Record" }).click();
  await expect(question).toHaveCount(0);
  await expect(log.getByText(`Partly done: ${title} — Teams signed in again`)).toBeVisible();
  await expect(banner, "the active fix is not touched").toContainText(`Did “${nextTitle}” work?`);
});

test("an engineer who does not know whether the replaced fix helped is not asked again", async ({ page }) => {
  await logIn(page);
  const { view, word } = await applied(page);
  await direct(word, proposal({ title: nextTitle }));
  await say(view, "What else could it be?");
  const question = page.getByRole("region", { name: `Did “${title}” help?` });
  await question.getByRole("button", { name: "Don't know" }).click();
  await expect(question).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("log").getByText("What else could it be?")).toBeVisible();
  await expect(view.banner).toContainText("New suggested fix");
  await expect(question).toHaveCount(0);
});

test("a click that was refused says why, and the banner shows what is true now", async ({
  page,
  context,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/409|ERR_FAILED/);
  await logIn(page);
  const { view } = await applied(page);
  // This tab hears nothing of the other one.
  await page.route("**/events?*", (route) => route.abort());
  await page.reload();
  await expect(view.banner).toContainText("Verifying");
  const other = await context.newPage();
  await other.goto(page.url());
  const second = new SessionView(other);
  await second.banner.getByRole("button", { name: "Didn't work" }).click();
  await second.banner.getByRole("button", { name: "Record" }).click();
  await expect(second.banner).toHaveCount(0);

  await view.banner.getByRole("button", { name: "It worked" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "fix_final" });
  await expect(alert).toContainText("The outcome of this fix is already final: it did not work.");
  await expect(view.banner).toHaveCount(0);
  await expect(page.getByText(`About “${title}”:`)).toBeVisible();
  await alert.getByRole("button", { name: "Close" }).click();
  await expect(alert).toHaveCount(0);
});

for (const reducedMotion of ["no-preference", "reduce"] as const) {
  test(`motion is as drawn, or none at all (${reducedMotion})`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion });
    await page.addInitScript(() => {
      const motions = new Map<string, number>();
      Object.assign(window, { motions });
      document.addEventListener("animationstart", ({ animationName, pseudoElement, target }) => {
        const style = getComputedStyle(target as Element, pseudoElement);
        motions.set(animationName, parseFloat(style.animationDuration) * 1000);
      });
    });
    await logIn(page);
    const { view, word } = await applied(page);
    await direct(word, proposal({ title: nextTitle }));
    await say(view, "What else could it be?");
    await expect(view.banner).toContainText(nextTitle);
    await expect(page.locator("[inert]")).toHaveCount(0);
    const motions = await page.evaluate(() =>
      Object.fromEntries((window as unknown as { motions: Map<string, number> }).motions),
    );
    const drawn = { "slide-up": 320, "pulse-ring": 1600, "fade-out": 200 };
    if (reducedMotion === "no-preference") expect(motions).toMatchObject(drawn);
    else expect(Math.max(...Object.values(motions))).toBeLessThan(1);
  });
}

/** As it is now: without a violation in either theme, and no wider than a desk or a phone. */
async function examine(page: Page): Promise<void> {
  for (const theme of ["dark", "light"]) {
    await page.evaluate((name) => {
      document.documentElement.classList.toggle("dark", name === "dark");
    }, theme);
    await expectAccessible(page);
  }
  await expectNoSideScroll(page);
}

test("proposal, strip, verifying and reminder are accessible in both themes and fit a desk and a phone", async ({
  page,
}) => {
  test.setTimeout(180_000);
  await logIn(page);
  const { view } = await proposed(page);
  const { banner } = view;
  await examine(page);
  await banner.getByRole("button", { name: "Collapse the proposal" }).click();
  await examine(page);
  await banner.getByRole("button", { name: /expand/ }).click();
  await banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(banner).toContainText("Verifying");
  await sayThreeThings(view, "once");
  await banner.getByRole("button", { name: "No", exact: true }).click();
  await examine(page);
});

test("what the pilot read, a parked fix and the question about a replaced one are accessible in both themes and fit a desk and a phone", async ({
  page,
}) => {
  test.setTimeout(180_000);
  await logIn(page);
  const { view, word } = await applied(page);
  const { banner } = view;
  await say(view, "it partly helped");
  await expect(banner).toContainText("Pilot detected outcome");
  await examine(page);
  await banner.getByRole("button", { name: "Confirm · Partial" }).click();
  await expect(banner).toContainText("Parked");
  await examine(page);
  await banner.getByRole("button", { name: "Finish it" }).click();
  await expect(banner).toContainText("Verifying");
  await direct(word, proposal({ title: nextTitle }));
  await say(view, "What else could it be?");
  await expect(page.getByRole("region", { name: `Did “${title}” help?` })).toBeVisible();
  await examine(page);
});
