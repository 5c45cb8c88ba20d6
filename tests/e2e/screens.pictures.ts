import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, logIn, setTheme, test } from "./fixtures";
import { SessionView } from "./session";

const sizes = [
  { width: 1440, height: 900 },
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

/** Saves the page at every size, in `SCREENSHOTS_DIR` or beside the test reports. */
async function picture(page: Page, name: string): Promise<void> {
  const folder =
    process.env.SCREENSHOTS_DIR ??
    join(test.info().config.rootDir, "../../web/playwright-report/screenshots");
  for (const size of sizes) {
    await page.setViewportSize(size);
    // One frame, so that what depends on the width is laid out for it.
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    await page.screenshot({
      path: join(folder, `${name}-${size.width}.png`),
      animations: "disabled",
    });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

for (const theme of ["dark", "light"] as const) {
  test(`pictures of every screen, ${theme}`, async ({ page }) => {
    test.setTimeout(180_000);
    await setTheme(page, theme);
    await page.goto("/login");
    await picture(page, `${theme}-login`);
    await logIn(page);
    await expect(page.getByRole("button", { name: /^Start session/ }).first()).toBeVisible();
    await picture(page, `${theme}-dashboard`);

    const { view } = await SessionView.fromQueue(page, /VPN|Printer|drive C|Unlicensed|website/i);
    await picture(page, `${theme}-session-questions`);
    await view.answerUntilFix();
    await picture(page, `${theme}-session-proposed`);
    await view.banner.getByRole("button", { name: "Apply fix" }).click();
    await expect(view.banner).toContainText("Verifying", { ignoreCase: true });
    await picture(page, `${theme}-session-verifying`);
    await view.banner.getByRole("button", { name: "More outcomes" }).click();
    await page.getByRole("menuitem", { name: "Partial…" }).click();
    await view.banner
      .getByRole("textbox")
      .fill("Cleared the credentials, the profile rebuild waits for the user.");
    await picture(page, `${theme}-session-partial-note`);
    await view.banner.getByRole("button", { name: "Record" }).click();
    await expect(view.banner).toContainText("Parked", { ignoreCase: true });
    await picture(page, `${theme}-session-partial`);
    await view.banner.getByRole("button", { name: "Finish it" }).click();
    await view.banner.getByRole("button", { name: "It worked" }).click();
    await expect(view.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
    await picture(page, `${theme}-session-worked`);
    await view.openNote();
    await picture(page, `${theme}-note-preview`);
    await view.note.getByRole("button", { name: "Edit" }).click();
    await picture(page, `${theme}-note-edit`);
    await view.note.getByRole("button", { name: "Confirm & post" }).click();
    await expect(view.note.getByRole("status")).toContainText("Verified on ticket", { timeout: 45_000 });
    await picture(page, `${theme}-note-verified`);
    await view.note.getByRole("button", { name: "Close the note" }).click();
    await picture(page, `${theme}-session-resolved`);
  });
}
