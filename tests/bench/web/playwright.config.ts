import { defineConfig } from "@playwright/test";

/** Measures the built client in a stack that is up already; nothing but the page itself runs beside it. */
export default defineConfig({
  testDir: ".",
  testMatch: "**/*.bench.ts",
  outputDir: "../../../web/test-results",
  workers: 1,
  retries: 0,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.E2E_BASE_URL,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--disable-dev-shm-usage"],
    },
  },
});
