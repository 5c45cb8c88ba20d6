import { expect, logIn, setTheme, test } from "./fixtures";
import { intercept, proposal, proposed } from "./banner";
import { say } from "./conversation";
import { direct } from "./model";
import { onDesk, onPhone, picture, pictureOn, themes, withinMs } from "./pictures";

for (const theme of themes) {
  test(`pictures of every state of the banner, ${theme}`, async ({ page }) => {
    test.setTimeout(withinMs);
    await setTheme(page, theme);
    await logIn(page);
    const { view, word } = await proposed(page);
    const { banner } = view;
    await picture(page, `${theme}-banner-proposed`);
    await banner.getByRole("button", { name: "Collapse the proposal" }).click();
    await picture(page, `${theme}-banner-collapsed`);
    await banner.getByRole("button", { name: /expand/ }).click();

    await banner.getByRole("button", { name: "Apply fix" }).click();
    await expect(banner).toContainText("Verifying");
    await picture(page, `${theme}-banner-verifying`);
    await view.lane.getByRole("button", { name: "Escalate" }).click();
    await expect(intercept(page)).toBeVisible();
    await pictureOn("desk", page, `${theme}-intercept`);
    await intercept(page)
      .getByRole("button", { name: /^Partial/ })
      .click();
    await pictureOn("desk", page, `${theme}-intercept-note`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await onPhone(page);
    await page.getByRole("button", { name: "Tasks" }).click();
    await view.lane.getByRole("button", { name: "Escalate" }).click();
    await expect(intercept(page)).toBeVisible();
    await pictureOn("phone", page, `${theme}-intercept`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Close the tasks" }).click();
    await onDesk(page);

    for (const text of ["The user is rebooting", "It is back up, signing in now", "Going to open Outlook"])
      await say(view, text);
    await expect(banner.getByRole("button", { name: "Still checking" })).toBeVisible();
    await picture(page, `${theme}-banner-nudge`);
    await banner.getByRole("button", { name: "No", exact: true }).click();
    await picture(page, `${theme}-banner-nudge-note`);
    await banner.getByRole("button", { name: "Cancel" }).click();

    for (const [text, name] of [
      ["yep it worked, thanks", "success"],
      ["it is still broken after a sign-in", "failure"],
      ["it partly helped: Teams signs in, Outlook does not", "partial"],
    ] as const) {
      await say(view, text);
      await expect(banner).toContainText("Pilot detected outcome");
      await picture(page, `${theme}-banner-detected-${name}`);
      await banner.getByRole("button", { name: "Not yet" }).click();
      await expect(banner).not.toContainText("Pilot detected outcome");
    }
    await banner.getByRole("button", { name: "Still checking" }).click();
    await banner.getByRole("button", { name: "More outcomes" }).click();
    await page.getByRole("menuitem", { name: "Partial…" }).click();
    await banner
      .getByRole("textbox")
      .fill("Ran cred clear — skipped profile rebuild, user in a meeting. Back at 3:30.");
    await picture(page, `${theme}-banner-partial-note`);
    await banner.getByRole("button", { name: "Record" }).click();
    await expect(banner).toContainText("Parked");
    await picture(page, `${theme}-banner-partial`);
    await banner.getByRole("button", { name: "Finish it" }).click();
    await expect(banner).toContainText("Verifying");
    await direct(
      word,
      proposal({ title: "Reset Autodiscover registry entries for this user", confidence: 78 }),
    );
    await say(view, "Anything else I could try?");
    await expect(banner).toContainText("New suggested fix");
    await expect(page.getByRole("region", { name: /^Did .* help/ })).toBeVisible();
    await picture(page, `${theme}-banner-replaced`);
    await banner.getByRole("button", { name: "Apply fix" }).click();
    await banner.getByRole("button", { name: "It worked" }).click();
    await expect(banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
    await picture(page, `${theme}-banner-worked`);
  });
}
