import { environment } from "./environment";
import { expect, fitsWidth, logIn, test } from "./fixtures";
import { expectAccessible } from "./screen";
import { readNotes, readTicket } from "./simulator";
import { Api, chooseMore, sessionFromText, sessionOnTicket } from "./tickets";

const posted = { timeout: 45_000 };
const problem = "Printer at reception prints nothing";

test.beforeEach(async ({ page }) => logIn(page));

test("everything the header offers is within reach at 1280", async ({ page, request }) => {
  await sessionOnTicket(page, await Api.signIn(request));
  const header = page.getByRole("main").locator("header").first();
  for (const name of ["Pause", "Escalate", "Resolve", "More actions"])
    await expect(header.getByRole("button", { name, exact: true })).toBeInViewport();
  await header.getByRole("button", { name: "More actions" }).click();
  for (const name of [
    /^Share update/,
    /^Change the ticket/,
    /^Share link/,
    /^Spin off a ticket/,
    /^Abandon the session/,
  ])
    await expect(page.getByRole("menuitem", { name })).toBeInViewport();
  expect(await fitsWidth(page)).toBe(true);
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1600, height: 900 });
  await expect(header.getByRole("button", { name: "Share update" })).toBeInViewport();
});

test("a session is paused and resumed", async ({ page, request }) => {
  await sessionFromText(page, await Api.signIn(request), problem);
  const main = page.getByRole("main");
  await main.getByRole("button", { name: "Pause" }).click();
  await expect(main.getByText("Paused")).toBeVisible();
  await main.getByRole("button", { name: "Resume" }).click();
  await expect(main.getByText("In progress")).toBeVisible();
});

test("an abandoned session says so, and can be reopened", async ({ page, request }) => {
  const view = await sessionFromText(page, await Api.signIn(request), problem);
  await chooseMore(page, /^Abandon/);
  const dialog = page.getByRole("dialog", { name: "Abandon the session" });
  const reason = dialog.getByRole("textbox", { name: /^Why is this session abandoned/ });
  await expect(reason).toBeFocused();
  await reason.fill("Solved by itself");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("main").getByRole("button", { name: "More actions" })).toBeFocused();
  await chooseMore(page, /^Abandon/);
  await expect(reason).toHaveValue("Solved by itself");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Abandon", exact: true }).click();
  await expect(page.getByText("This session was abandoned.")).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Reopen" }).last().click();
  await expect(view.composer).toBeVisible();
});

test("an update is drafted for each audience, posted once where it belongs, and listed; its draft survives closing", async ({
  page,
  request,
}) => {
  test.setTimeout(180_000);
  const { ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const before = await readNotes(ticketId);
  const dialog = page.getByRole("dialog", { name: "Share an update" });
  const audiences = [
    { label: "Colleagues", words: "For colleagues only.", kind: "Update for colleagues", internal: true },
    { label: "The client", words: "We are on it.", kind: "Update for the client", internal: false },
    { label: "Ask the client", words: "Is it still so?", kind: "Question to the client", internal: false },
  ];
  await chooseMore(page, /^Share update/);
  await expect(dialog.getByRole("button", { name: "Post the update" })).toBeEnabled();
  await expectAccessible(page);
  for (const { label, words, kind } of audiences) {
    await dialog.getByRole("radio", { name: label, exact: true }).check();
    await dialog.getByRole("button", { name: "Edit" }).click();
    const text = dialog.getByRole("textbox", { name: "Update, Markdown" });
    await expect(text).not.toHaveValue("");
    await text.fill(words);
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await chooseMore(page, /^Share update/);
    await expect(dialog.getByText(words)).toBeVisible();
    await dialog.getByRole("button", { name: "Post the update" }).click();
    await expect(dialog.getByRole("status")).toContainText(`stands on ticket #${ticketId}`, posted);
    await expect(dialog.getByRole("region", { name: "Earlier posts" })).toContainText(`${kind} posted`);
    await dialog.getByRole("button", { name: "Write another" }).click();
    await expect(dialog.getByText(words, { exact: true }).and(dialog.locator(".prose-rf *"))).toHaveCount(0);
  }
  const added = (await readNotes(ticketId)).slice(before.length);
  expect(added).toHaveLength(audiences.length);
  for (const { words, internal } of audiences) {
    const note = added.filter((one) => one.text.includes(words));
    expect(note).toHaveLength(1);
    expect(note[0]).toMatchObject({ internalAnalysisFlag: internal, detailDescriptionFlag: !internal });
  }
});

test("a lost answer to an update is asked for again with the same key", async ({
  page,
  request,
  expectConsoleErrors,
}) => {
  test.setTimeout(120_000);
  expectConsoleErrors(/ERR_FAILED/);
  const { ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const before = await readNotes(ticketId);
  const dialog = page.getByRole("dialog", { name: "Share an update" });
  await chooseMore(page, /^Share update/);
  await expect(dialog.getByRole("button", { name: "Post the update" })).toBeEnabled();
  const keys: (string | undefined)[] = [];
  await page.route("**/updates", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await dialog.getByRole("button", { name: "Post the update" }).click();
  await expect(dialog.getByRole("alert")).toContainText("network_unreachable", posted);
  await dialog.getByRole("button", { name: "Post the update" }).click();
  await expect(dialog.getByRole("status")).toContainText(`stands on ticket #${ticketId}`, posted);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  expect((await readNotes(ticketId)).length - before.length).toBe(1);
});

test("a share link opens the session for a stranger, read-only, and nothing once it is revoked", async ({
  page,
  request,
  browser,
}) => {
  await sessionFromText(page, await Api.signIn(request), problem);
  await chooseMore(page, /^Share link/);
  const dialog = page.getByRole("dialog", { name: "Share link" });
  await dialog.getByRole("combobox", { name: "Open for" }).selectOption("1 day");
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const address = await dialog.getByRole("textbox", { name: "Address of the link" }).inputValue();
  await expect(dialog.getByRole("list", { name: "Links" })).toContainText("Open until");
  await expectAccessible(page);

  const context = await browser.newContext({ baseURL: environment.baseUrl });
  const stranger = await context.newPage();
  await stranger.goto(new URL(address).pathname);
  await expect(stranger.getByRole("heading", { level: 1, name: /Printer at reception/ })).toBeVisible();
  await expect(stranger.getByRole("textbox")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(dialog.getByRole("list", { name: "Links" })).toContainText("Revoked");
  await stranger.reload();
  await expect(stranger.getByRole("alert")).toContainText("share_link_gone");
  await context.close();
});

test("a session from a text is linked to a ticket that was searched for, and its note goes there", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const api = await Api.signIn(request);
  const view = await sessionFromText(page, api, problem);
  const ticket = await api.openTicket();
  const before = await readNotes(ticket.id);

  // Where something would go to a ticket, linking one is offered.
  await chooseMore(page, /^Share update/);
  await page.getByRole("dialog").getByRole("button", { name: "Link a ticket…" }).click();
  const dialog = page.getByRole("dialog", { name: "Link a ticket" });
  const search = dialog.getByRole("searchbox");
  const words = ticket.summary.split(" ").slice(0, 2).join(" ");
  await search.fill(words);
  await expect(dialog.getByRole("listitem").first()).toContainText(words, { ignoreCase: true });
  await expectAccessible(page);
  await search.fill("no ticket has these words");
  await expect(dialog.getByText(/^No ticket matches/)).toBeVisible();
  await search.fill(`#${ticket.id}`);
  await dialog.getByRole("button", { name: `Link ticket ${ticket.id}` }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText(`CW #${ticket.id}`)).toBeVisible();

  await view.openNote();
  await expect(view.note).toContainText(`Goes to ticket #${ticket.id}`);
  await view.note.getByRole("button", { name: "Confirm & post" }).click();
  await expect(view.note.getByRole("status")).toContainText(`Verified on ticket #${ticket.id}`, posted);
  const added = (await readNotes(ticket.id)).slice(before.length);
  expect(added).toHaveLength(1);
  expect(added[0]?.resolutionFlag).toBe(true);
});

test("a late answer to a search never shows under newer words", async ({ page, request }) => {
  const api = await Api.signIn(request);
  await sessionFromText(page, api, problem);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/tickets\/search.*query=vpn/i, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await chooseMore(page, /^Link a ticket/);
  const dialog = page.getByRole("dialog", { name: "Link a ticket" });
  const slow = page.waitForRequest(/tickets\/search.*query=vpn/i);
  await dialog.getByRole("searchbox").fill("vpn");
  await slow;
  await dialog.getByRole("searchbox").fill("printer");
  await expect(dialog.getByRole("listitem").first()).toContainText(/printer/i);
  release();
  await expect(dialog.getByRole("list", { name: "Tickets found" })).toHaveAttribute("aria-busy", "false");
  await expect(dialog.getByRole("listitem").filter({ hasText: /vpn/i })).toHaveCount(0);
});

test("another problem becomes a ticket of its own, with its number shown and kept", async ({
  page,
  request,
}) => {
  test.setTimeout(120_000);
  const { ticketId } = await sessionOnTicket(page, await Api.signIn(request));
  const dialog = page.getByRole("dialog", { name: "Spin off a ticket" });
  await chooseMore(page, /^Spin off a ticket/);
  await expect(dialog.getByRole("button", { name: "Create the ticket" })).toBeDisabled();
  const summary = `Second monitor flickers ${Date.now()}`;
  await dialog.getByRole("textbox", { name: "Summary" }).fill(summary);
  await dialog.getByRole("textbox", { name: /^Description/ }).fill("Seen while working on the first one.");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Create the ticket" }).click();
  await expect(dialog.getByText(/^Ticket #\d+ was created\.$/)).toBeVisible(posted);
  const list = dialog.getByRole("region", { name: "Tickets spun off" });
  await expect(list).toContainText(summary);
  const number = /#(\d+)/.exec(await list.innerText())?.[1] ?? "";
  expect(number).not.toBe(ticketId);
  expect((await readTicket(number)).summary).toBe(summary);
});
