import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { say } from "./conversation";
import { SessionView } from "./session";
import { type Behaviour, block, direct, newCase } from "./model";

export const themes = ["dark", "light"] as const;

const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

/** Pictures of one thing cost a few seconds each: what a file shows in one session takes its time. */
export const withinMs = 240_000;

/** Saves the page as it is on a desk and on a phone, in `SCREENSHOTS_DIR` or beside the test reports. */
export async function picture(page: Page, name: string): Promise<void> {
  for (const size of [desk, phone]) await at(page, size, name);
  await onDesk(page);
}

/** Saves what looks right in one of the two only; the page keeps that size. */
export async function pictureOn(device: "desk" | "phone", page: Page, name: string): Promise<void> {
  await at(page, device === "desk" ? desk : phone, name);
}

export const onDesk = (page: Page) => page.setViewportSize(desk);
export const onPhone = (page: Page) => page.setViewportSize(phone);

/** The same of the lane, which has to be opened on a phone. */
export async function pictureOfLane(page: Page, name: string): Promise<void> {
  await at(page, desk, name);
  await page.setViewportSize(phone);
  await page.getByRole("button", { name: /^Tasks/ }).click();
  await at(page, phone, name);
  await page.keyboard.press("Escape");
  await page.setViewportSize(desk);
  await expect(page.getByRole("complementary", { name: "Task lane" })).toBeVisible();
}

async function at(page: Page, size: { width: number; height: number }, name: string): Promise<void> {
  const folder =
    process.env.SCREENSHOTS_DIR ??
    join(test.info().config.rootDir, "../../web/playwright-report/screenshots");
  await page.setViewportSize(size);
  await page.evaluate(async () => {
    // Two frames, so that what depends on the width is laid out for it.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    // What fades in is shown when it has arrived; what goes on for ever is shown as it is.
    const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations === 1);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
  await page.screenshot({ path: join(folder, `${name}-${size.width}.png`), animations: "allow" });
}

/** Opens something, saves it and closes it again with Escape. */
export async function pictureOfOpened(page: Page, opener: Locator, name: string): Promise<void> {
  await opener.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await picture(page, name);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

export const questions = [
  {
    text: "Does it happen in Outlook on the web as well?",
    context: "It tells the client from the mailbox.",
    options: ["Yes", "No", "Not tried"],
  },
  { text: "When did it work last?" },
];

export const checks = [
  {
    label: "List the stored credentials",
    command: 'cmdkey /list | Select-String "MicrosoftOffice16"',
    description: "Entries of the former tenant should not be there.",
  },
  { label: "Look into the account settings of the client" },
];

export const asked = `Outlook keeps a token of the **former tenant**. Two things would tell us:

1. whether the *mailbox* answers elsewhere,
2. what is stored on this machine.

\`\`\`powershell
Get-ChildItem HKCU:\\Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles
\`\`\`
${block("QUESTIONS", questions)}${block("ACTIONS", checks)}`;

/** A session in which the model answers as told; `tell` says what comes next and sends a message. */
export async function directed(
  page: Page,
  ...replies: (string | Behaviour)[]
): Promise<{ view: SessionView; tell: (text: string, ...replies: (string | Behaviour)[]) => Promise<void> }> {
  const word = newCase();
  await direct(word, ...replies);
  const view = await SessionView.fromText(
    page,
    `Outlook does not authenticate after the tenant migration (${word})`,
  );
  return {
    view,
    tell: async (text, ...next) => {
      await direct(word, ...next);
      await say(view, text);
    },
  };
}
