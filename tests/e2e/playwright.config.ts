import { defineConfig } from "@playwright/test";

/**
 * Runs against a stack that is up already; the environment says where (see `environment.ts`). `journeys` are the tests,
 * `modelled` those that tell a simulated model what to answer, `screenshots` saves pictures of the screens.
 */
export default defineConfig({
  testDir: ".",
  outputDir: "../../web/test-results",
  forbidOnly: true,
  // One after the other: they share an engineer, tickets and the faults of the simulators.
  workers: 1,
  // By hand a failure is looked at; `browser.py` tries once more and says so.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.E2E_BASE_URL,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    // With the pages as they were at each step, but no film: that would cost as much as the tests.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--disable-dev-shm-usage"],
    },
  },
  projects: [
    { name: "journeys", testMatch: "**/*.spec.ts", testIgnore: "**/*.model.spec.ts" },
    { name: "modelled", testMatch: "**/*.model.spec.ts" },
    { name: "screenshots", testMatch: "**/*.pictures.ts" },
  ],
});
