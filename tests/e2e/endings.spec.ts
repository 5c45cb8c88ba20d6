import { expect, fitsWidth, logIn, test } from "./fixtures";
import { expectAccessible } from "./screen";
import { addFault, clearFaults, readNotes, readTicket } from "./simulator";
import { Api, chooseMore, openPackage, sessionFromText, sessionOnTicket } from "./tickets";

const posted = { timeout: 45_000 };

test.beforeEach(async ({ page }) => logIn(page));

test("an escalation puts the package as it was edited on the ticket, once, as internal analysis, and verifies it", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const { view, ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const before = await readNotes(ticketId);
  const panel = await openPackage(view);
  await expect(panel).toContainText(`Goes to ticket #${ticketId} · status becomes “Escalated”`);
  await expect(panel).toContainText("written without the model");
  await expectAccessible(page);

  await panel.getByRole("button", { name: "Edit" }).click();
  const text = panel.getByRole("textbox", { name: "Escalation package, Markdown" });
  await text.fill(`${await text.inputValue()}\nAsk for the site contact first.`);
  await panel.getByRole("textbox", { name: /^Reason/ }).fill("Needs somebody on site");
  // Closing asks nothing, and loses nothing.
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  const escalate = page.getByRole("main").getByRole("button", { name: "Escalate", exact: true });
  await expect(escalate).toBeFocused();
  await page.reload();
  await escalate.click();
  await expect(text).toHaveValue(/Ask for the site contact first\.$/);
  await expect(panel.getByRole("textbox", { name: /^Reason/ })).toHaveValue("Needs somebody on site");

  await panel.getByRole("button", { name: "Confirm & post" }).click();
  await expect(panel.getByRole("status")).toContainText(
    `Verified on ticket #${ticketId} · status “Escalated”`,
    posted,
  );
  await expect(panel.getByRole("list", { name: "Progress of the posting" })).toContainText(
    "Verifying on the ticket, done",
  );
  await expect(page.getByText("This session was escalated and waits for another engineer.")).toBeVisible();

  const added = (await readNotes(ticketId)).slice(before.length);
  expect(added).toHaveLength(1);
  expect(added[0]).toMatchObject({ internalAnalysisFlag: true, resolutionFlag: false });
  expect(added[0]?.text).toContain("Ask for the site contact first.");
  expect((await readTicket(ticketId)).status.name).toBe("Escalated");
});

test("the ticket gets the status the engineer chooses instead of the account's", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const { view, ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const panel = await openPackage(view);
  const choice = panel.getByRole("combobox", { name: "Ticket status" });
  await expect(choice.locator("option:checked")).toHaveText("Escalated (as set by your account)");
  const other = (await choice.locator("option").nth(1).textContent()) ?? "";
  await choice.selectOption(other);
  await expect(panel).toContainText(`status becomes “${other}”`);
  await panel.getByRole("button", { name: "Confirm & post" }).click();
  await expect(panel.getByRole("status")).toContainText(`status “${other}”`, posted);
  expect((await readTicket(ticketId)).status.name).toBe(other);
});

test("a refusal is shown in the ticketing system's own words, and Retry posts what was confirmed, once", async ({
  page,
  request,
  expectConsoleErrors,
}) => {
  test.setTimeout(120_000);
  expectConsoleErrors(/502/);
  const { view, ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const before = await readNotes(ticketId);
  const panel = await openPackage(view);
  await addFault({
    method: "POST",
    path: `/service/tickets/${ticketId}/notes$`,
    kind: "status",
    status: 400,
    body: { code: "InvalidObject", message: "The note needs a work type on this board" },
    times: 1,
  });
  try {
    await panel.getByRole("button", { name: "Confirm & post" }).click();
    await expect(panel.getByRole("alert")).toContainText("The note needs a work type on this board", posted);
  } finally {
    await clearFaults();
  }
  // It is said where the panel is closed, too, and the way back is there.
  await page.keyboard.press("Escape");
  await expect(page.getByText(/^The escalation package is not finished/)).toBeVisible();
  await page.reload();
  await page.getByRole("main").getByRole("button", { name: "Show", exact: true }).click();
  await expect(panel.getByRole("alert")).toContainText("The note needs a work type on this board");
  await panel.getByRole("button", { name: "Retry", exact: true }).click();
  await expect(panel.getByRole("status")).toContainText(`Verified on ticket #${ticketId}`, posted);
  expect((await readNotes(ticketId)).length - before.length).toBe(1);
});

test("a posting that takes longer than the answer is followed to its verified end", async ({
  page,
  request,
}) => {
  const { view, ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  // The answer comes as after twenty seconds: before the end. What happens from then on comes with the events alone.
  await page.route("**/resolution-note/post", async (route) => {
    void route.fetch().catch(() => undefined);
    await route.fulfill({ json: { outcome: "pending", session_status: "active" } });
  });
  await view.openNote();
  await view.note.getByRole("button", { name: "Confirm & post" }).click();
  await expect(view.note.getByRole("status")).toContainText(`Verified on ticket #${ticketId}`, posted);
});

test("a session without a ticket ends here: nothing is posted, the text is kept, and it can be reopened and escalated", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const view = await sessionFromText(page, await Api.signIn(request), "Printer at reception prints nothing");
  await view.openNote();
  await expect(view.note).toContainText("No ticket is linked");
  await view.note.getByRole("button", { name: "Edit" }).click();
  const text = view.note.getByRole("textbox", { name: "Resolution note, Markdown" });
  await text.fill("");
  await expect(view.note.getByRole("button", { name: "Confirm & resolve" })).toBeDisabled();
  await expect(view.note).toContainText("The note is empty.");
  await text.fill("x".repeat(20_001));
  await expect(view.note).toContainText("20,001 characters; 20,000 are allowed.");
  await text.fill("## Problem\n\nThe tray was open.");
  await view.note.getByRole("button", { name: "Confirm & resolve" }).click();
  await expect(view.note.getByRole("status")).toContainText("The note is kept with this session.", posted);
  await expect(view.note).toContainText("The tray was open.");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "View the note" })).toBeVisible();

  await page.getByRole("main").getByRole("button", { name: "Reopen" }).first().click();
  await expect(view.composer).toBeVisible();
  await view.openNote();
  await expect(view.note.getByRole("button", { name: "Confirm & resolve" })).toBeEnabled();
  await view.note.getByRole("button", { name: "Confirm & resolve" }).click();
  await expect(view.note.getByRole("status")).toContainText("kept with this session", posted);

  const panel = await openPackage(view);
  await panel.getByRole("button", { name: "Confirm & escalate" }).click();
  await expect(panel.getByRole("status")).toContainText("The package is kept with this session.", posted);
  await expect(page.getByRole("main").getByRole("button", { name: "Pick up" }).first()).toBeVisible();
});

test("when a colleague was faster, what changed is said and what was written is still there", async ({
  page,
  request,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/409/);
  const api = await Api.signIn(request);
  const view = await sessionFromText(page, api, "Printer at reception prints nothing");
  const id = page.url().split("/").at(-1);
  await view.openNote();
  await view.note.getByRole("button", { name: "Edit" }).click();
  await view.note.getByRole("textbox", { name: "Resolution note, Markdown" }).fill("My own account of it.");
  // The colleague's click arrives between this engineer's and its answer.
  await page.route("**/resolution-note/post", async (route) => {
    await api.post(`/ai-sessions/${id}/resolution-note/post`, { markdown: "The colleague's note." });
    await route.continue();
  });
  await view.note.getByRole("button", { name: "Confirm & resolve" }).click();
  await expect(view.note.getByRole("alert")).toContainText("session_closed", posted);
  await expect(view.note).toContainText("The session now stands at “Resolved”.");
  await expect(view.note).toContainText("The colleague's note.");
  await view.note.getByText("What you had written").click();
  await expect(view.note.getByText("My own account of it.")).toBeVisible();
});

test("a fix that is still verifying is named before the session is resolved with it", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const view = await sessionFromText(page, await Api.signIn(request), "Printer at reception prints nothing");
  await view.answerUntilFix();
  await view.banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(view.banner.getByRole("button", { name: "It worked" })).toBeVisible();
  await view.openNote();
  await expect(view.note.getByText(/^“.+” will be recorded as worked\.$/)).toBeVisible();
  await view.note.getByRole("button", { name: "Confirm & resolve" }).click();
  await expect(view.note.getByRole("status").filter({ hasText: "Resolved." })).toBeVisible(posted);
});

test("on a phone the package is a sheet at the bottom, and the whole header can be reached", async ({
  page,
  request,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { view } = await sessionOnTicket(page, await Api.signIn(request));
  const panel = await openPackage(view);
  await expect
    .poll(async () => {
      const box = await panel.boundingBox();
      return box && { x: box.x, width: box.width, bottom: Math.round(box.y + box.height) };
    })
    .toEqual({ x: 0, width: 390, bottom: 844 });
  expect(await fitsWidth(page)).toBe(true);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await chooseMore(page, /^Share update/);
  await expect(page.getByRole("dialog", { name: "Share an update" })).toBeVisible();
  expect(await fitsWidth(page)).toBe(true);
});
