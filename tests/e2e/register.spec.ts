import type { APIRequestContext } from "@playwright/test";
import { environment } from "./environment";
import { expect, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";

/** An invitation's link, as an administrator is given it. */
async function inviteLink(request: APIRequestContext, email: string): Promise<string> {
  const login = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
    data: { email: "lead@demo.example", password: environment.password },
  });
  const invite = await request.post(`${environment.baseUrl}/api/v1/accounts/me/invites`, {
    headers: { Authorization: `Bearer ${(await login.json()).access_token}` },
    data: { email, role: "engineer" },
  });
  expect(invite.status()).toBe(201);
  const link = new URL((await invite.json()).link);
  return link.pathname + link.hash;
}

test("whoever opens an invitation's link joins the team, and the link works once", async ({
  page,
  request,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/404/);
  const email = `new-${Date.now()}@demo.example`;
  const link = await inviteLink(request, email);
  const asked: string[] = [];
  page.on("request", (one) => asked.push(one.url()));
  await page.goto(link);
  await expect(page.getByText(`as ${email}.`)).toBeVisible();
  await expectAccessible(page);
  await expectNoSideScroll(page);
  await page.getByLabel("Your name").fill("Ada Fischer");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("button", { name: "Join" })).toBeVisible();
  await page.getByLabel("Password").fill("a long sentence of mine");
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Good .*Ada/ })).toBeVisible();
  const token = link.split("invite=")[1] ?? "";
  expect(token.length).toBeGreaterThan(20);
  expect(asked.filter((url) => url.includes(token))).toEqual([]);

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
  await page.goto(link);
  await expect(page.getByText("invite_not_found")).toBeVisible();
  await expect(page.getByRole("button", { name: "Join" })).toHaveCount(0);
});

test("without an invitation the server says what is needed", async ({ page, expectConsoleErrors }) => {
  expectConsoleErrors(/403/);
  await page.goto("/register");
  await page.getByLabel("Company").fill("Fischer IT");
  await page.getByLabel("E-mail").fill(`alone-${Date.now()}@demo.example`);
  await page.getByLabel("Your name").fill("Ada Fischer");
  await page.getByLabel("Password").fill("a long sentence of mine");
  await page.getByRole("button", { name: "Register" }).click();
  await expect(
    page.getByText("Ask an administrator of your team for a link to register with."),
  ).toBeVisible();
  await expectAccessible(page);
});
