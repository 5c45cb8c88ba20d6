import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";

test("with the playbook as well, a fix goes from proposed over partial to an outcome that an escalation asks for", async ({
  page,
}) => {
  test.setTimeout(120_000);
  await logIn(page);
  const view = await SessionView.fromText(page, "Printer at reception prints nothing");
  await view.answerUntilFix();
  const { banner } = view;
  await banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(banner).toContainText("Verifying");
  await page.reload();
  await expect(banner).toContainText("Verifying");
  await banner.getByRole("button", { name: "More outcomes" }).click();
  await page.getByRole("menuitem", { name: "Partial…" }).click();
  await banner.getByRole("textbox").fill("Spooler cleared, driver still to do");
  await banner.getByRole("textbox").press("Enter");
  await expect(banner).toContainText("Parked");
  await banner.getByRole("button", { name: "Finish it" }).click();
  await expect(banner).toContainText("Verifying");

  await view.lane.getByRole("button", { name: "Escalate" }).click();
  const asked = page.getByRole("dialog", { name: /^How did “.+” go\?$/ });
  await expect(asked.getByRole("button", { name: "The fix didn't work" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(asked).toHaveCount(0);
  await expect(page.getByRole("dialog", { name: /package|note/i })).toBeVisible();
  await expect(page.getByRole("log").getByText(/^It did not work: /)).toBeVisible();
  await expect(banner).toHaveCount(0);
});
