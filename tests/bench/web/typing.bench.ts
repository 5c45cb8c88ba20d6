import { expect, type Page, test } from "@playwright/test";
import { logIn } from "../../e2e/fixtures";
import { SessionView } from "../../e2e/session";
import { prepared, quantile, recordFigure, recordTimes } from "./record";

const sentence =
  "The prompt came back after the restart, and the log of the client names the former tenant. ";

declare global {
  interface Window {
    typed?: number[];
  }
}

/**
 * Milliseconds from the key to the painted letter, without the wait for the next frame of the screen, which has nothing to do with
 * the page: handling (from the event's own time, so that a busy main thread counts) and then making and painting the frame. A frame
 * that comes later than the next one was held up by something, and what is over counts too.
 */
async function measureTyping(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frameMs = 1000 / 60;
    const typed: number[] = [];
    window.typed = typed;
    let pressedAt = 0;
    window.addEventListener("keydown", (event) => (pressedAt = event.timeStamp), { capture: true });
    // At the window, after the page's own handlers; and in a microtask, after those of the framework.
    window.addEventListener("input", () =>
      queueMicrotask(() => {
        const pressed = pressedAt;
        const handled = performance.now();
        requestAnimationFrame((frame) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener("message", () => {
            const began = Math.max(frame, handled);
            const heldUp = Math.max(0, began - handled - frameMs);
            typed.push(handled - pressed + heldUp + (performance.now() - began));
          });
          port1.start();
          port2.postMessage(null);
        });
      }),
    );
  });
}

/** Scrolls up, again and again, until every message of the session is in the page. */
async function loadEverything(page: Page): Promise<void> {
  let first = false;
  page.on("response", async (response) => {
    if (/\/messages\?.*before=/.test(response.url())) first ||= !(await response.json()).next_cursor;
  });
  await page.getByRole("log").hover();
  await expect(async () => {
    await page.mouse.wheel(0, 200);
    await page.mouse.wheel(0, -1_000_000);
    expect(first, "the first message is there").toBe(true);
  }).toPass({ timeout: 120_000, intervals: [50] });
}

test("typing beside a thousand messages", async ({ page }) => {
  await logIn(page);
  await page.goto(`/pilot/${prepared.longSession}`);
  const { composer } = new SessionView(page);
  await expect(composer).toBeEnabled();
  await loadEverything(page);
  await page.mouse.wheel(0, 10_000_000);
  await composer.click();
  await composer.pressSequentially("It begins to warm up here. ", { delay: 30 });
  await measureTyping(page);
  await composer.pressSequentially(sentence.repeat(3), { delay: 30 });
  const typed = await page.evaluate(() => window.typed ?? []);
  expect(typed.length).toBeGreaterThan(sentence.length * 2);
  await recordTimes("web: a key beside 1,000 messages, until painted", typed);
  await recordFigure("web: a key beside 1,000 messages (p95)", quantile(typed, 0.95), 16, "ms");
});
