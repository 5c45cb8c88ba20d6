import type { Locator, Page } from "@playwright/test";
import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";

const printer = "Printer at reception prints nothing";

/** Goes to an element as a keyboard does. */
async function tabTo(page: Page, target: Locator, atMost = 60): Promise<void> {
  for (let pressed = 0; pressed <= atMost; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${atMost} times Tab do not reach ${String(target)}.`);
}

/** Something on the page has the focus: the next Tab goes on from there, not from the top. */
async function expectPlaceKept(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => document.activeElement !== document.body), {
      message: "the keyboard has a place",
    })
    .toBe(true);
}

/** Answers what is open in the lane, one after the other, with keys alone. */
async function answerOne(page: Page, view: SessionView): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  const item = view.lane
    .getByRole("article")
    .filter({ has: page.getByRole("button", { name: "Skip" }) })
    .first();
  const name = (await item.getAttribute("aria-label")) ?? "";
  await expect(item.locator(":focus")).toHaveCount(1);
  const options = item.getByRole("group", { name: "Suggested answers" }).getByRole("button");
  if ((await options.count()) > 0) {
    await tabTo(page, options.first());
    await page.keyboard.press("Space");
  } else if ((await item.getByRole("textbox").count()) > 0) {
    await tabTo(page, item.getByRole("textbox"));
    await page.keyboard.type("Yes");
  }
  await tabTo(page, item.getByRole("button", { name: /^(Answer|Send output|Done)$/ }));
  await page.keyboard.press("Enter");
  await expect(
    view.lane.getByRole("article", { name, exact: true }).getByRole("button", { name: "Skip" }),
  ).toHaveCount(0);
  await expectPlaceKept(page);
  await view.settled();
}

test("a whole session is worked with the keyboard alone, and the keyboard never loses its place", async ({
  page,
}) => {
  test.setTimeout(180_000);
  await page.goto("/login");
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(environment.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(environment.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();

  await tabTo(page, page.getByLabel("What are you troubleshooting?"));
  await page.keyboard.type(printer);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/pilot\/[0-9a-f-]{36}$/);
  const view = new SessionView(page);
  await view.settled();
  await expectPlaceKept(page);

  for (let turn = 0; turn < 15 && (await view.banner.count()) === 0; turn += 1) await answerOne(page, view);

  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  await expect(view.banner.locator(":focus")).toHaveCount(1);
  await tabTo(page, view.banner.getByRole("button", { name: "Apply fix" }), 5);
  await page.keyboard.press("Enter");
  const worked = view.banner.getByRole("button", { name: "It worked" });
  await expect(worked).toBeVisible();
  await expect(view.banner.locator(":focus")).toHaveCount(1);
  await tabTo(page, worked, 5);
  await page.keyboard.press("Enter");
  const preview = view.banner.getByRole("button", { name: "Preview the note" });
  await expect(preview).toBeVisible();
  await expect(view.banner.locator(":focus")).toHaveCount(1);
  await tabTo(page, preview, 5);
  await page.keyboard.press("Enter");

  await expect(view.note.getByRole("heading", { name: "Problem" })).toBeVisible();
  const confirm = view.note.getByRole("button", { name: /^Confirm/ });
  await expect(confirm).toBeEnabled();
  await tabTo(page, confirm, 20);
  await page.keyboard.press("Enter");
  await expect(page.getByText("This session is resolved.")).toBeVisible({ timeout: 45_000 });
  await page.keyboard.press("Escape");
  await expect(view.note).toHaveCount(0);
  await expectPlaceKept(page);
});

test("a finished reply is announced politely, once, to whoever cannot see it", async ({ page }) => {
  await logIn(page);
  const view = await SessionView.fromText(page, printer);
  const announcements = page.locator('[role="status"][aria-live="polite"].sr-only');
  await view.composer.fill("It began this morning");
  await view.composer.press("Enter");
  await expect(announcements).toHaveText(/^Pilot: ./);
  // What grows is not spoken piece by piece: the conversation itself is no live region.
  await expect(page.getByRole("log")).toHaveAttribute("aria-live", "off");
});

test("single keys reach the parts of the page, and letters in a field stay letters", async ({ page }) => {
  await logIn(page);
  const first = await SessionView.fromText(page, printer);
  const firstUrl = page.url();
  await SessionView.fromText(page, "The VPN does not connect for one user");
  const secondUrl = page.url();

  await page.keyboard.press("j");
  await expect(page).not.toHaveURL(secondUrl);
  await page.keyboard.press("k");
  await expect(page).toHaveURL(secondUrl);
  await page.goto(firstUrl);
  await first.settled();

  await page.keyboard.press("c");
  await expect(first.composer).toBeFocused();
  await page.keyboard.type("cjk tn?");
  await expect(first.composer).toHaveValue("cjk tn?");
  await expect(page).toHaveURL(firstUrl);
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await expect(first.lane.getByRole("textbox", { name: "Note", exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search sessions" })).toBeFocused();
});

test("the question mark lists the shortcuts, a button does too, and single letters can be switched off", async ({
  page,
}) => {
  await logIn(page);
  const view = await SessionView.fromText(page, printer);
  const overlay = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("?");
  await expect(overlay).toContainText("Open the command palette");
  await expect(overlay).toContainText("Write to the pilot");
  await expect(overlay).not.toContainText(/resolve/i);
  await overlay.getByRole("checkbox", { name: /^Single letters/ }).press("Space");
  await page.keyboard.press("Escape");
  await expect(overlay).toHaveCount(0);

  await page.keyboard.press("c");
  await expect(view.composer).not.toBeFocused();
  await page.keyboard.press("?");
  await expect(overlay).toBeVisible();
  await overlay.getByRole("checkbox", { name: /^Single letters/ }).press("Space");
  await overlay.getByRole("button", { name: "Close the shortcuts" }).click();
  await page.keyboard.press("c");
  await expect(view.composer).toBeFocused();

  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(overlay).toBeVisible();
});

test("a menu opens by keyboard, is walked with arrows, and gives the focus back; its button closes it too", async ({
  page,
}) => {
  await logIn(page);
  await SessionView.fromText(page, printer);
  const more = page.getByRole("main").getByRole("button", { name: "More actions" });
  const items = page.getByRole("menuitem");
  await more.focus();
  await page.keyboard.press("ArrowDown");
  await expect(items.first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator('[role="menuitem"]:focus')).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(items).toHaveCount(0);
  await expect(more).toBeFocused();
  await more.click();
  await expect(more).toHaveAttribute("aria-expanded", "true");
  await expect(items.first()).toBeVisible();
  await more.click();
  await expect(items).toHaveCount(0);
});
