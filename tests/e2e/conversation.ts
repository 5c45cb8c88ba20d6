import type { Response } from "@playwright/test";
import type { SessionDetail } from "../../web/src/api/generated";
import { expect } from "./fixtures";
import type { SessionView } from "./session";

/** Sends a message, with words that were not said before, and waits until the pilot has answered it. */
export async function say(view: SessionView, text: string): Promise<void> {
  const answered = view.page.waitForResponse((response) => showsAnswerTo(response, text), {
    timeout: 60_000,
  });
  await send(view, text);
  await answered;
  await view.settled();
}

/** True for a reading of the session in which a reply of the pilot stands below the message. */
async function showsAnswerTo(response: Response, text: string): Promise<boolean> {
  if (response.request().method() !== "GET" || !/\/ai-sessions\/[0-9a-f-]{36}$/.test(response.url()))
    return false;
  // A reading that the page has given up has no body.
  const session = (await response.json().catch(() => null)) as SessionDetail | null;
  const said = session?.messages.findLast((message) => message.text === text);
  return Boolean(said && session?.messages.some((one) => one.role === "pilot" && one.seq > said.seq));
}

/** Sends a message and waits until it is stored. */
export async function send(view: SessionView, text: string): Promise<void> {
  const stored = view.page.waitForResponse((response) => response.url().endsWith("/messages"));
  await view.composer.fill(text);
  await view.composer.press("Enter");
  await stored;
  await expect(view.page.getByRole("log").getByText(text, { exact: true }).last()).toBeVisible();
}
