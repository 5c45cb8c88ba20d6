import { expect, test as base, type Page } from "@playwright/test";
import { environment } from "./environment";

interface Guards {
  /** Console errors that the test provokes on purpose; every other one fails it. */
  expectConsoleErrors: (pattern: RegExp) => void;
}

/** Every test of the browser watches two promises: nothing is fetched from elsewhere, and the console stays clean. */
export const test = base.extend<Guards & { guarded: void }>({
  expectConsoleErrors: async ({}, provide) => {
    const patterns: RegExp[] = [];
    expected.set(test.info().testId, patterns);
    await provide((pattern) => patterns.push(pattern));
  },
  guarded: [
    async ({ page }, provide, info) => {
      const foreign: string[] = [];
      const errors: string[] = [];
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && url.origin !== new URL(environment.baseUrl).origin)
          foreign.push(request.url());
      });
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
      });
      page.on("pageerror", (error) => errors.push(String(error)));
      await provide();
      const allowed = expected.get(info.testId) ?? [];
      expect(foreign, "requests that left the origin").toEqual([]);
      expect(
        errors.filter((error) => !allowed.some((pattern) => pattern.test(error))),
        "errors on the console",
      ).toEqual([]);
    },
    { auto: true },
  ],
});

const expected = new Map<string, RegExp[]>();

export { expect };

export async function logIn(page: Page, email = environment.email): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(environment.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
}

export async function setTheme(page: Page, theme: "dark" | "light"): Promise<void> {
  await page.addInitScript((value) => localStorage.setItem("resolutionflow.theme", value), theme);
}

/** True when the page is no wider than the window. */
export async function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}
