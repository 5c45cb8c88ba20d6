import { environment } from "./environment";
import { expect, logIn, setTheme, test } from "./fixtures";
import { send } from "./conversation";
import { asked, directed, picture, pictureOfOpened, themes, withinMs } from "./pictures";

for (const theme of themes) {
  test.describe(theme, () => {
    test.beforeEach(async ({ page }) => {
      test.setTimeout(withinMs);
      await setTheme(page, theme);
    });

    test(`pictures of the screens, ${theme}`, async ({ page, expectConsoleErrors }) => {
      expectConsoleErrors(/404/);
      await page.goto("/login");
      await picture(page, `${theme}-login`);
      await logIn(page);
      await expect(page.getByRole("button", { name: /^Start session/ }).first()).toBeVisible();
      await picture(page, `${theme}-dashboard`);
      await page.goto("/not/a/page");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await picture(page, `${theme}-no-such-page`);
      await page.goto("/pilot/00000000-0000-4000-8000-000000000000");
      await expect(page.getByRole("alert")).toBeVisible();
      await picture(page, `${theme}-no-such-session`);
    });

    test(`pictures of a session, ${theme}`, async ({ page, context, request }) => {
      await logIn(page);
      const { view, tell } = await directed(page, asked);
      await picture(page, `${theme}-session`);
      await tell(
        "It began on Monday.",
        `Then let us look at the **profile**.\n\n| What | Where |\n| --- | --- |\n| Profile | Control panel |\n| Token | Credential Manager |\n\n> A token outlives a password.\n\n${asked}`,
      );
      await picture(page, `${theme}-session-long-reply`);
      await tell("Is the model there?", { status: 400, error_message: "Simulated refusal." });
      await picture(page, `${theme}-session-degraded`);

      await context.setOffline(true);
      await expect(page.getByText("You are offline.")).toBeVisible();
      await picture(page, `${theme}-session-offline`);
      await context.setOffline(false);
      await expect(page.getByText("You are offline.")).toHaveCount(0);

      const sessionId = page.url().split("/").at(-1) ?? "";
      const login = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
        data: { email: environment.email, password: environment.password },
      });
      const link = await request.post(`${environment.baseUrl}/api/v1/ai-sessions/${sessionId}/share-links`, {
        headers: { Authorization: `Bearer ${(await login.json()).access_token}` },
        data: {},
      });
      const reader = await context.newPage();
      await setTheme(reader, theme);
      await reader.goto(`/shared/sessions/${(await link.json()).token}`);
      await expect(reader.getByRole("heading", { level: 1 })).toBeVisible();
      await picture(reader, `${theme}-shared-session`);
      await reader.close();

      await page.getByRole("button", { name: "Pause" }).click();
      await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
      await picture(page, `${theme}-session-paused`);
      await expect(view.composer).toBeVisible();
    });

    test(`pictures of a reply on its way, ${theme}`, async ({ page }) => {
      await logIn(page);
      const { view } = await directed(
        page,
        asked,
        { text: asked, piece_characters: 40, hang_after: 5 },
        { text: asked, hang_after: 0 },
      );
      await send(view, "And in Outlook on the web it works.");
      await expect(page.getByRole("log").getByText("Two things would tell us")).toHaveCount(2);
      await picture(page, `${theme}-session-streaming`);
      await page.getByRole("button", { name: "Stop the reply" }).click();
      await expect(page.getByRole("button", { name: "Stop the reply" })).toHaveCount(0);
      await picture(page, `${theme}-session-stopped`);
      await send(view, "Forget it.");
      await page.getByRole("button", { name: "Stop the reply" }).click();
      await expect(page.getByText("The reply was stopped.").first()).toBeVisible();
      await picture(page, `${theme}-session-stopped-at-once`);
    });

    test(`pictures of what the header opens, ${theme}`, async ({ page }) => {
      await logIn(page);
      await directed(page, asked);
      const main = page.getByRole("main");
      const more = main.getByRole("button", { name: "More actions" });
      await more.click();
      await expect(page.getByRole("menuitem").first()).toBeVisible();
      await picture(page, `${theme}-menu-of-the-header`);
      const entries = await page.getByRole("menuitem").allInnerTexts();
      await page.keyboard.press("Escape");
      for (const entry of entries.filter((text) => text.endsWith("…"))) {
        await more.click();
        await pictureOfOpened(
          page,
          page.getByRole("menuitem", { name: entry }),
          `${theme}-dialog-${slug(entry)}`,
        );
      }
    });

    test(`pictures of the palette and the shortcuts, ${theme}`, async ({ page }) => {
      await logIn(page);
      await directed(page, asked);
      for (const [key, name] of [
        ["Control+k", "palette"],
        ["Shift+?", "shortcuts"],
      ] as const) {
        await page.getByRole("log").click({ position: { x: 5, y: 5 } });
        await page.keyboard.press(key);
        await expect(page.getByRole("dialog")).toBeVisible();
        await picture(page, `${theme}-${name}`);
        await page.keyboard.press("Escape");
        await expect(page.getByRole("dialog")).toHaveCount(0);
      }
    });
  });
}

function slug(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
