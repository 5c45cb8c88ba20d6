import type { Page } from "@playwright/test";
import { applied, intercept, proposal, proposed, title } from "./banner";
import { say } from "./conversation";
import { expect, logIn, test } from "./fixtures";
import { direct } from "./model";
import { expectAccessible } from "./screen";

// Several turns each, on a machine that may be slow.
test.describe.configure({ timeout: 120_000 });

/** What opens once the question is answered. */
function preview(page: Page) {
  return page.getByRole("dialog", { name: /package|note/i });
}

test.beforeEach(async ({ page }) => logIn(page));

test("a fix nobody has run is no reason to ask", async ({ page }) => {
  const { view } = await proposed(page);
  await view.lane.getByRole("button", { name: "Escalate" }).click();
  await expect(preview(page)).toBeVisible();
  await expect(intercept(page)).toHaveCount(0);
});

test("escalating with an unjudged fix asks first; Enter says that it did not work, Escape takes the click back", async ({
  page,
}) => {
  const { view } = await applied(page);
  const escalate = view.lane.getByRole("button", { name: "Escalate" });
  await escalate.focus();
  await page.keyboard.press("Enter");
  const asked = intercept(page);
  const first = asked.getByRole("button", { name: "The fix didn't work" });
  await expect(first).toBeFocused();
  expect(await asked.evaluate((element) => (element as HTMLElement).offsetWidth)).toBe(340);
  await expectAccessible(page);
  await page.keyboard.press("ArrowUp");
  await expect(asked.getByRole("button", { name: "Partial, with a note…" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(first).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(asked).toHaveCount(0);
  await expect(escalate).toBeFocused();
  await expect(view.banner).toContainText("Verifying");

  await page.keyboard.press("Enter");
  await expect(first).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(preview(page)).toBeVisible();
  await expect(asked).toHaveCount(0);
  await expect(page.getByRole("log").getByText(`It did not work: ${title}`)).toBeVisible();
});

test("a save that fails keeps the question open with its note, and nothing is escalated", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/500/);
  const { view } = await applied(page);
  let refused = 0;
  let escalations = 0;
  await page.route("**/outcome", async (route) => {
    refused += 1;
    if (refused > 1) return route.continue();
    return route.fulfill({
      status: 500,
      json: {
        type: "about:blank",
        title: "",
        status: 500,
        code: "internal_error",
        detail: "It was not saved.",
      },
    });
  });
  page.on("request", (request) => {
    if (request.url().includes("/escalation-package/")) escalations += 1;
  });
  await view.lane.getByRole("button", { name: "Escalate" }).click();
  const asked = intercept(page);
  await asked.getByRole("button", { name: "Partial, with a note…" }).click();
  const note = asked.getByRole("textbox");
  await note.fill("Credentials cleared");
  await asked.getByRole("button", { name: "Back" }).click();
  await asked.getByRole("button", { name: "Partial, with a note…" }).click();
  await expect(note).toHaveValue("Credentials cleared");
  await asked.getByRole("button", { name: "Record and go on" }).click();
  await expect(asked.getByRole("alert")).toContainText("It was not saved.");
  await expect(asked.getByRole("alert")).toContainText("internal_error");
  await expect(note).toHaveValue("Credentials cleared");
  await expect(preview(page)).toHaveCount(0);
  expect(escalations).toBe(0);
  await expect(view.banner).toContainText("Verifying");

  await asked.getByRole("button", { name: "Record and go on" }).click();
  await expect(preview(page)).toBeVisible();
  await expect(view.banner).toContainText("Credentials cleared");
  await preview(page)
    .getByRole("button", { name: /^Close/ })
    .click();

  await view.lane.getByRole("button", { name: "Escalate" }).click();
  await expect(asked.getByRole("button", { name: "The fix didn't work" })).toBeVisible();
  await expect(asked.getByRole("button", { name: /^Partial/ })).toHaveCount(0);
  await asked.getByRole("button", { name: /^It worked/ }).click();
  await expect(preview(page)).toBeVisible();
  await expect(view.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
});

test("a fix that was never applied is set aside, and the question stays with the fix it was asked about", async ({
  page,
}) => {
  const { view, word } = await applied(page);
  await view.lane.getByRole("button", { name: "Escalate" }).click();
  await intercept(page).getByRole("button", { name: "Never actually applied it" }).click();
  await expect(preview(page)).toBeVisible();
  await expect(view.banner).toHaveCount(0);
  await expect(page.getByRole("log").getByText(`Dismissed: ${title}`)).toBeVisible();
  await preview(page)
    .getByRole("button", { name: /^Close/ })
    .click();

  await direct(word, proposal({ title: "Reset the registry entries" }));
  await say(view, "What else could it be?");
  await view.banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(view.banner).toContainText("Verifying");
  await view.lane.getByRole("button", { name: "Escalate" }).click();
  await expect(page.getByRole("dialog", { name: "How did “Reset the registry entries” go?" })).toBeVisible();
});

test("on a phone the question opens over the tasks, and Escape leaves them open", async ({ page }) => {
  const { view } = await applied(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Tasks" }).click();
  await view.lane.getByRole("button", { name: "Escalate" }).click();
  const asked = intercept(page);
  const box = await asked.boundingBox();
  expect(box && box.x >= 0 && box.x + box.width <= 390 && box.y >= 0).toBe(true);
  await expect(asked.getByRole("button", { name: "The fix didn't work" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(asked).toHaveCount(0);
  await expect(view.lane).toBeVisible();
});
