import { expect, logIn, setTheme, test } from "./fixtures";
import { picture, themes, withinMs } from "./pictures";
import { SessionView } from "./session";
import { addFault } from "./simulator";

const aTicket = /VPN|Printer|drive C|Unlicensed|website/i;

for (const theme of themes) {
  test(`pictures of the note's preview, ${theme}`, async ({ page, expectConsoleErrors }) => {
    test.setTimeout(withinMs);
    expectConsoleErrors(/50\d|40\d/);
    await setTheme(page, theme);
    await logIn(page);
    const { view, ticketId } = await SessionView.fromQueue(page, aTicket);
    const { note } = view;
    const ticket = `/service/tickets/${ticketId}`;

    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/resolution-note/preview*", async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole("main").getByRole("button", { name: "Resolve", exact: true }).click();
    await expect(note.getByLabel("The note is being written")).toBeVisible();
    await picture(page, `${theme}-preview-skeleton`);
    release();
    await page.unrouteAll({ behavior: "wait" });
    await expect(note.getByRole("heading", { name: "Problem" })).toBeVisible();
    await picture(page, `${theme}-preview-rendered`);

    await note.getByRole("button", { name: "Edit" }).click();
    const text = note.getByRole("textbox", { name: "Resolution note, Markdown" });
    await text.fill(`${await text.inputValue()}\n\nThe user confirmed it by telephone.`);
    await picture(page, `${theme}-preview-edit`);
    await view.lane.getByRole("button", { name: "Add a note" }).click();
    await view.lane
      .getByRole("textbox", { name: "Note", exact: true })
      .fill("The firmware was one version old.");
    await view.lane.getByRole("button", { name: "Save note" }).click();
    await expect(note.getByRole("button", { name: "Keep mine" })).toBeVisible();
    await picture(page, `${theme}-preview-newer-draft`);
    await note.getByRole("button", { name: "Keep mine" }).click();

    await addFault({ method: "POST", path: `${ticket}/notes$`, kind: "slow", seconds: 8, times: 1 });
    await addFault({ method: "PATCH", path: `${ticket}$`, kind: "silent_no_change", times: 1 });
    await note.getByRole("button", { name: "Confirm & post" }).click();
    await expect(note.getByRole("button", { name: "Posting" })).toBeVisible();
    await picture(page, `${theme}-preview-posting`);
    await expect(note.getByRole("alert")).toContainText("psa_status_unverified", { timeout: 60_000 });
    await picture(page, `${theme}-preview-unverified`);

    const refusal = { code: "InvalidObject", message: "The ticket is locked by the billing review." };
    await addFault({
      method: "PATCH",
      path: `${ticket}$`,
      kind: "status",
      status: 400,
      body: refusal,
      times: 1,
    });
    await note.getByRole("button", { name: "Retry" }).click();
    await expect(note.getByRole("alert")).toContainText("locked by the billing review", { timeout: 60_000 });
    await picture(page, `${theme}-preview-refused`);
    await note.getByRole("button", { name: "Retry" }).click();
    await expect(note.getByRole("status")).toContainText("Verified on ticket", { timeout: 60_000 });
    await picture(page, `${theme}-preview-verified`);
    await note.getByRole("button", { name: "Close the note" }).click();
    await picture(page, `${theme}-session-resolved`);
  });

  test(`pictures of an escalation, ${theme}`, async ({ page }) => {
    test.setTimeout(withinMs);
    await setTheme(page, theme);
    await logIn(page);
    const { view } = await SessionView.fromQueue(page, aTicket);
    const handover = page.getByRole("dialog", { name: "Escalation package" });
    await view.lane.getByRole("button", { name: "Escalate" }).click();
    await expect(handover.getByRole("heading").nth(1)).toBeVisible();
    await picture(page, `${theme}-package-rendered`);
    await handover.getByRole("button", { name: /^Confirm &/ }).click();
    await expect(handover.getByRole("status")).toContainText("Verified on ticket", { timeout: 60_000 });
    await picture(page, `${theme}-package-verified`);
    await page.keyboard.press("Escape");
    await page.reload();
    await expect(page.getByRole("log")).toBeVisible();
    await picture(page, `${theme}-session-escalated`);
  });
}
