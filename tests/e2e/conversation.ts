import { expect } from "./fixtures";
import type { SessionView } from "./session";

/** Sends a message and waits until the pilot has answered it. */
export async function say(view: SessionView, text: string): Promise<void> {
  await send(view, text);
  await view.settled();
}

/** Sends a message and waits until it is stored. */
export async function send(view: SessionView, text: string): Promise<void> {
  const stored = view.page.waitForResponse((response) => response.url().endsWith("/messages"));
  await view.composer.fill(text);
  await view.composer.press("Enter");
  await stored;
  await expect(view.page.getByRole("log").getByText(text, { exact: true }).last()).toBeVisible();
}
