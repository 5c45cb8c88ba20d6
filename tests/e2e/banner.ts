import type { Page } from "@playwright/test";
import { say } from "./conversation";
import { expect } from "./fixtures";
import { block, direct, newCase } from "./model";
import { SessionView } from "./session";

export const title = "Clear cached credentials + rebuild Outlook profile";

/** A reply that proposes a fix and asks nothing. */
export function proposal(fix: { title?: string; confidence?: number } = {}): string {
  const suggested = {
    title,
    description:
      "Remove stale Credential Manager entries referencing the prior tenant, then rebuild the local Outlook profile so the client re-authenticates cleanly against the current tenant.",
    confidence: 94,
    ...fix,
  };
  return `The cleanest path is this one.${block("SUGGEST_FIX", suggested)}${block("QUESTIONS", [])}`;
}

/** A session whose first reply proposes a fix. `word` directs the replies after it. */
export async function proposed(page: Page): Promise<{ view: SessionView; word: string }> {
  const word = newCase();
  await direct(word, proposal());
  const view = await SessionView.fromText(page, `Outlook does not authenticate after a migration, ${word}`);
  await expect(view.banner).toContainText(title);
  return { view, word };
}

export async function applied(page: Page): Promise<{ view: SessionView; word: string }> {
  const session = await proposed(page);
  await session.view.banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(session.view.banner).toContainText("Verifying");
  return session;
}

/** Sends three messages after the run, so that the reminder is due. */
export async function sayThreeThings(view: SessionView, round: string): Promise<void> {
  for (const text of ["The user is rebooting", "It is back up, signing in", "Going to open Outlook"])
    await say(view, `${text} (${round})`);
}

/** The question that stands before an escalation. */
export function intercept(page: Page) {
  return page.getByRole("dialog", { name: `How did “${title}” go?` });
}
