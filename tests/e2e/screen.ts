import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, fitsWidth } from "./fixtures";

const rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** No violation of WCAG 2.2 AA that a program can find. */
export async function expectAccessible(page: Page): Promise<void> {
  // What fades in is measured when it has arrived, or gone with what it was on.
  await page.evaluate(() =>
    Promise.allSettled(
      document.getAnimations().map((one) => one.effect?.getTiming().iterations === 1 && one.finished),
    ),
  );
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`),
  ).toEqual([]);
}

/** At the width of a desk and of a phone. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    // The page lays itself out anew after the resize, some of it on the next frames.
    await expect.poll(() => fitsWidth(page), { message: `at ${width}` }).toBe(true);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
