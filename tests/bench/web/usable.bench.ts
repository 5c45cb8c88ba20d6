import { gzipSync } from "node:zlib";
import { expect, type Page, type Response, test } from "@playwright/test";
import { logIn } from "../../e2e/fixtures";
import { median, prepared, recordFigure, recordTimes } from "./record";

const slowDown = 4;
const reloads = 7;

declare global {
  interface Window {
    /** Milliseconds from the start of the navigation to the paint in which the engineer could type. */
    usableAt?: number;
  }
}

/** Notes when the composer is there, takes text and has been painted. */
async function watchForUsable(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watch = new MutationObserver(() => {
      const composer = document.querySelector('textarea[aria-label="Message to the pilot"]');
      if (!(composer instanceof HTMLTextAreaElement) || composer.disabled) return;
      watch.disconnect();
      requestAnimationFrame(() => {
        // A message that is posted in a frame arrives when the frame has been painted.
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => (window.usableAt = performance.now()));
        port1.start();
        port2.postMessage(null);
      });
    });
    watch.observe(document, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["disabled", "aria-label"],
    });
  });
}

async function usableAt(page: Page): Promise<number> {
  // Asked rarely, so that asking does not slow the page down.
  const found = await page.waitForFunction(() => window.usableAt, undefined, { polling: 250 });
  return (await found.jsonValue()) ?? Number.NaN;
}

test("scripts before the session page is usable", async ({ page, context }) => {
  await logIn(page);
  await page.close();
  // Another page of the same engineer: nothing of the dashboard's code counts unless the session page asks for it.
  const fresh = await context.newPage();
  const cdp = await context.newCDPSession(fresh);
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  await watchForUsable(fresh);
  const scripts = new Map<string, Response>();
  fresh.on("response", (response) => {
    if (new URL(response.url()).pathname.endsWith(".js")) scripts.set(response.url(), response);
  });
  await fresh.goto(`/pilot/${prepared.workedSession}`, { waitUntil: "commit" });
  await usableAt(fresh);
  const asked = await fresh.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => entry.startTime < (window.usableAt ?? 0))
      .map((entry) => entry.name),
  );
  let bytes = 0;
  let files = 0;
  for (const url of new Set(asked)) {
    const response = scripts.get(url);
    if (!response) continue;
    bytes += gzipSync(await response.body(), { level: 9 }).length;
    files += 1;
  }
  expect(files, "scripts that were loaded").toBeGreaterThan(0);
  await recordFigure(
    `web: JS before the session page is usable (${files} files)`,
    bytes / 1000,
    250,
    "kB gzip",
  );
});

test("time until the session page is usable", async ({ page, context }) => {
  await logIn(page);
  await watchForUsable(page);
  await page.goto(`/pilot/${prepared.workedSession}`);
  await usableAt(page);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: slowDown });
  for (const [cached, name] of [
    [true, "web: reload until usable, CPU 4× slower"],
    [false, "web: the same with nothing in the browser's cache"],
  ] as const) {
    await cdp.send("Network.setCacheDisabled", { cacheDisabled: !cached });
    const times: number[] = [];
    for (let number = 0; number < reloads; number += 1) {
      await page.reload({ waitUntil: "commit" });
      times.push(await usableAt(page));
    }
    await recordTimes(name, times);
    if (cached) await recordFigure(`${name} (median)`, median(times) / 1000, 1.5, "s");
  }
});
