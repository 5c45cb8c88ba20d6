import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";
import { readNotes, readTicket } from "./simulator";

const sections = ["Problem", "What we confirmed", "Root cause", "Resolution"];

test("an engineer works a ticket to a verified note: queue, answers, apply, it worked, resolve", async ({
  page,
}) => {
  test.setTimeout(120_000);
  await logIn(page);
  const { view, ticketId } = await SessionView.fromQueue(page, /VPN|Printer|drive C|Unlicensed|website/i);
  const before = await readNotes(ticketId);
  await expect(page.getByText(`CW #${ticketId}`)).toBeVisible();

  await view.answerUntilFix();
  await expect(view.banner).toContainText("confidence", { ignoreCase: true });
  await view.banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(view.banner).toContainText("Verifying", { ignoreCase: true });
  await view.banner.getByRole("button", { name: "It worked" }).click();
  await expect(view.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();

  await view.openNote();
  for (const section of sections)
    await expect(view.note.getByRole("heading", { name: section, exact: true })).toBeVisible();
  await expect(view.note).toContainText(`#${ticketId}`);
  await view.note.getByRole("button", { name: "Confirm & post" }).click();
  await expect(view.note.getByRole("status")).toContainText(`Verified on ticket #${ticketId}`, {
    timeout: 45_000,
  });
  await expect(page.getByText("This session is resolved.")).toBeVisible();
  await expect(view.composer).toHaveCount(0);

  const posted = (await readNotes(ticketId)).slice(before.length);
  expect(posted).toHaveLength(1);
  expect(posted[0]?.resolutionFlag).toBe(true);
  for (const section of sections) expect(posted[0]?.text).toContain(`## ${section}`);
  expect((await readTicket(ticketId)).status.name).toMatch(/resolved|completed|closed/i);
});
