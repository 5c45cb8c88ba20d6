import { defineConfig } from "@playwright/test";

/**
 * Runs against a stack that is up already; the environment says where (see `environment.ts`). `journeys` are the tests,
 * `modelled` those that tell a simulated model what to answer, `screenshots` saves pictures of the screens.
 */
export default defineConfig({
  testDir: ".",
  outputDir: "../../web/test-results",
  forbidOnly: true,
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: process.env.E2E_BASE_URL,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
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
