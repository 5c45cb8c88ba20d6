import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";

const email = "lead@demo.example";

/** What an authenticator app shows for a key, now or so many time steps later (RFC 6238). */
function codeOf(key: string, ahead = 0): string {
  const bits = [...key].map((one) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac("sha1", Buffer.from(bytes.map((byte) => parseInt(byte, 2))))
    .update(counter)
    .digest();
  const start = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function openSecurity(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Security" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Security" })).toBeVisible();
}

test("with two-factor authentication on, logging in asks for a code, until it is switched off again", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/401/);
  await logIn(page, email);
  await openSecurity(page);
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByLabel("Your password").fill(process.env.E2E_PASSWORD ?? "");
  await page.getByRole("button", { name: "Continue" }).click();
  const picture = page.getByRole("img", { name: "QR code for the authenticator app" });
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBeGreaterThan(0);
  await expectAccessible(page);
  const key = (await page.getByLabel("Key", { exact: true }).textContent()) ?? "";
  // The code of the next time step is accepted too, and is still good when this one has passed.
  const later = codeOf(key, 1);
  await page.getByLabel("Code from the app").fill(codeOf(key));
  await page.getByRole("button", { name: "Switch on" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const recovery = (await codes.first().textContent()) ?? "";
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("10 of 10 recovery codes left")).toBeVisible();
  await expectAccessible(page);
  await expectNoSideScroll(page);

  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(process.env.E2E_PASSWORD ?? "");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("textbox", { name: /^Code/ })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type(later);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/^(Good|Security)/);

  await openSecurity(page);
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByLabel("Your password").fill(process.env.E2E_PASSWORD ?? "");
  await page.getByRole("textbox", { name: /^Code/ }).fill(recovery);
  await page.getByRole("button", { name: "Switch two-factor off" }).click();
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
});

test("ending a sign-in from another browser leads its page to the login", async ({
  page,
  browser,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/401/);
  const elsewhere = await browser.newContext({ userAgent: "Mozilla/5.0 (X11; Linux) Firefox/99.0" });
  try {
    const other = await elsewhere.newPage();
    await logIn(other, email);
    await logIn(page, email);
    await openSecurity(page);
    await page.getByRole("button", { name: "End the sign-in on Firefox 99 on Linux" }).click();
    await expect(page.getByText("Firefox 99 on Linux")).toHaveCount(0);
    await other.reload();
    await expect(other.getByRole("button", { name: "Log in" })).toBeVisible();
  } finally {
    await elsewhere.close();
  }
});
