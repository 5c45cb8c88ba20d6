import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";
import { Api, openPackage, sessionOnTicket } from "./tickets";

test("a colleague reads the briefing, picks the session up and goes on in it; the briefing stays as it was left", async ({
  page,
  request,
  browser,
}) => {
  test.setTimeout(150_000);
  await logIn(page);
  const { view } = await sessionOnTicket(page, await Api.signIn(request));
  const url = page.url();
  const panel = await openPackage(view);
  await panel.getByRole("textbox", { name: /^Reason/ }).fill("Needs access to the core switch");
  await panel.getByRole("button", { name: "Confirm & post" }).click();
  await expect(panel.getByRole("status")).toContainText("Verified on ticket", { timeout: 45_000 });
  await page.keyboard.press("Escape");
  const mine = page.getByRole("region", { name: "Briefing" });
  await expect(mine.getByRole("button", { name: /^Briefing/ })).toHaveAttribute("aria-expanded", "false");

  const context = await browser.newContext({ baseURL: environment.baseUrl });
  const colleague = await context.newPage();
  await colleague.goto("/login");
  await colleague.getByLabel("E-mail").fill("lead@demo.example");
  await colleague.getByLabel("Password").fill(environment.password);
  await colleague.getByRole("button", { name: "Log in" }).click();
  await expect(colleague.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
  await colleague.goto(url);
  const briefing = colleague.getByRole("region", { name: "Briefing" });
  await expect(briefing).toContainText("Needs access to the core switch");
  await expect(briefing).toContainText(/escalated by .+/);
  await expect(briefing.getByRole("heading", { name: "Suggested next steps" })).toBeVisible();
  await expectAccessible(colleague);
  await expectNoSideScroll(colleague);

  await briefing.getByRole("button", { name: "Pick up" }).click();
  await expect(colleague.getByRole("textbox", { name: "Message to the pilot" })).toBeVisible();
  await expect(briefing.getByRole("heading", { name: "Suggested next steps" })).toBeVisible();
  // Whoever handed it over sees it go on.
  await expect(page.getByRole("main").getByText("In progress")).toBeVisible();

  const toggle = briefing.getByRole("button", { name: /^Briefing/ });
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await colleague.reload();
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await context.close();
});
