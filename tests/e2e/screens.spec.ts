import { expect, fitsWidth, logIn, setTheme, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";
import { SessionView } from "./session";

const problem = "Printer at reception prints nothing";

for (const theme of ["dark", "light"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.beforeEach(async ({ page }) => setTheme(page, theme));

    test("the login page is accessible and fits every width", async ({ page }) => {
      await page.goto("/login");
      await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
      await expectAccessible(page);
      await expectNoSideScroll(page);
    });

    test("the dashboard is accessible and fits every width", async ({ page }) => {
      await logIn(page);
      await expect(page.getByRole("button", { name: /^Start session/ }).first()).toBeVisible();
      await expectAccessible(page);
      await expectNoSideScroll(page);
    });

    test("the session page is accessible and fits every width, from the first question to the open note", async ({
      page,
    }) => {
      test.setTimeout(120_000);
      await logIn(page);
      const view = await SessionView.fromText(page, problem);
      await expectAccessible(page);
      await expectNoSideScroll(page);
      await view.answerUntilFix();
      await expectAccessible(page);
      await view.banner.getByRole("button", { name: "Apply fix" }).click();
      await expect(view.banner.getByRole("button", { name: "It worked" })).toBeVisible();
      await expectAccessible(page);
      await expectNoSideScroll(page);
      await view.banner.getByRole("button", { name: "It worked" }).click();
      await view.openNote();
      await expectAccessible(page);
      await expectNoSideScroll(page);
    });

    test("on a phone the tasks open as a drawer and close again", async ({ page }) => {
      await logIn(page);
      const view = await SessionView.fromText(page, problem);
      await page.setViewportSize({ width: 390, height: 844 });
      await expect(view.lane).toHaveCount(0);
      await page.getByRole("button", { name: /^Tasks/ }).click();
      await expect(view.lane).toBeVisible();
      await expectAccessible(page);
      await expect.poll(() => fitsWidth(page)).toBe(true);
      await page.keyboard.press("Escape");
      await expect(view.lane).toHaveCount(0);
    });
  });
}
