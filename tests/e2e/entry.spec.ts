import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";

test("a wrong password is refused in words with a code", async ({ page, expectConsoleErrors }) => {
  expectConsoleErrors(/401/);
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(environment.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("credentials_invalid");
});

test("a page asked for before login opens after it", async ({ page, expectConsoleErrors }) => {
  expectConsoleErrors(/404/);
  const target = "/pilot/00000000-0000-4000-8000-000000000000";
  await page.goto(target);
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("E-mail").fill(environment.email);
  await page.getByLabel("Password").fill(environment.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(target);
  await expect(page.getByRole("heading", { name: "There is no such session" })).toBeVisible();
});

test("a reload keeps the engineer signed in, and logging out ends it", async ({ page }) => {
  await logIn(page);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto("/");
  await expect(page).toHaveURL(/\/login$/);
});

test("addresses of the former assistant lead to the pilot", async ({ page, expectConsoleErrors }) => {
  expectConsoleErrors(/404/);
  await logIn(page);
  const id = "00000000-0000-4000-8000-000000000000";
  await page.goto(`/assistant/${id}`);
  await expect(page).toHaveURL(`/pilot/${id}`);
  await page.goto("/assistant");
  await expect(page).toHaveURL(`${environment.baseUrl}/`);
});

test("an unknown address says so and leads home", async ({ page }) => {
  await logIn(page);
  await page.goto("/no-such-page");
  await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the dashboard" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
});
