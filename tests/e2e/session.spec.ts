import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";
import { addFault, clearFaults, readNotes, readTicket } from "./simulator";

const vpn = "The VPN does not connect for one user";
const printer = "Printer at reception prints nothing";

test.beforeEach(async ({ page }) => logIn(page));

test("a draft survives a reload and stays with its session", async ({ page }) => {
  const first = await SessionView.fromText(page, vpn);
  const firstUrl = page.url();
  await first.composer.fill("half a thought about the tunnel");
  const second = await SessionView.fromText(page, printer);
  await expect(second.composer).toHaveValue("");
  await second.composer.fill("half a thought about toner");
  await page.reload();
  await expect(second.composer).toHaveValue("half a thought about toner");
  await page.goto(firstUrl);
  await expect(first.composer).toHaveValue("half a thought about the tunnel");
});

test("a message that could not be sent is kept and sent by Retry, once", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/ERR_FAILED/);
  const view = await SessionView.fromText(page, vpn);
  const keys: (string | undefined)[] = [];
  await page.route("**/messages", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    await route.abort();
  });
  await view.composer.fill("The client says error 809");
  await view.composer.press("Enter");
  await expect(page.getByText("Not sent")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("alert")).toContainText("network_unreachable");
  expect(new Set(keys).size).toBe(1);

  await page.unroute("**/messages");
  await page.getByRole("log").getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("Not sent")).toHaveCount(0);
  await expect(page.getByRole("log").getByText("The client says error 809")).toHaveCount(1);
});

test("a failed message is still there after the tab was closed", async ({
  page,
  context,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/ERR_FAILED/);
  const view = await SessionView.fromText(page, vpn);
  await page.route("**/messages", (route) => route.abort());
  await view.composer.fill("Typed just before the crash");
  await view.composer.press("Enter");
  await expect(page.getByText("Sending…")).toBeVisible();
  const url = page.url();
  await page.close();
  const reopened = await context.newPage();
  await reopened.goto(url);
  await expect(reopened.getByText("Not sent")).toBeVisible();
  await expect(reopened.getByRole("log").getByText("Typed just before the crash")).toBeVisible();
});

test("a late answer of one session never shows in another", async ({ page }) => {
  await SessionView.fromText(page, vpn);
  const slowUrl = page.url();
  const slowId = slowUrl.split("/").at(-1) ?? "";
  await SessionView.fromText(page, printer);
  const quickTitle = await page.getByRole("heading", { level: 1 }).innerText();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(`**/ai-sessions/${slowId}`, async (route) => {
    await held;
    await route.continue();
  });
  const sessions = page.getByRole("navigation", { name: "Sessions" });
  await sessions.locator(`a[href="/pilot/${slowId}"]`).click();
  await expect(page).toHaveURL(slowUrl);
  // The late answer arrives, or was given up with its page: both end the request.
  const ended = Promise.race([
    page.waitForEvent("requestfinished", { predicate: (request) => request.url().endsWith(slowId) }),
    page.waitForEvent("requestfailed", { predicate: (request) => request.url().endsWith(slowId) }),
  ]);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(quickTitle);
  release();
  await ended;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(quickTitle);
  await expect(page.getByRole("log")).not.toContainText("VPN");
});

test("an expired token is renewed without the engineer noticing", async ({ page, expectConsoleErrors }) => {
  expectConsoleErrors(/401/);
  const view = await SessionView.fromText(page, vpn);
  let refused = 0;
  await page.route("**/messages", async (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    return route.fulfill({
      status: 401,
      json: { type: "about:blank", title: "", status: 401, code: "token_expired", detail: "Expired." },
    });
  });
  await view.composer.fill("The client says error 809");
  await view.composer.press("Enter");
  await expect(page.getByRole("log").getByText("The client says error 809")).toBeVisible();
  await expect(page.getByText("Sending…")).toHaveCount(0);
  expect(refused).toBe(1);
});

test("a note the engineer adds is a fact with its provenance", async ({ page }) => {
  const view = await SessionView.fromText(page, vpn);
  await view.lane.getByRole("button", { name: "Add a note" }).click();
  await view.lane.getByRole("textbox", { name: "Note", exact: true }).fill("The user works from a hotel.");
  await view.lane.getByRole("button", { name: "Save note" }).click();
  const fact = view.lane.getByRole("listitem").filter({ hasText: "The user works from a hotel." });
  await expect(fact).toContainText("your note");
});

test("a paused session says so, and a message makes it active again", async ({ page }) => {
  const view = await SessionView.fromText(page, vpn);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await view.composer.fill("Back at it");
  await view.composer.press("Enter");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("an abandoned session can be read, not changed", async ({ page }) => {
  const view = await SessionView.fromText(page, vpn);
  await page.getByRole("main").getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /^Abandon/ }).click();
  await page
    .getByRole("textbox", { name: /^Why is this session abandoned/ })
    .fill("Duplicate of another ticket");
  await page.getByRole("button", { name: "Abandon", exact: true }).click();
  await expect(page.getByText("This session was abandoned.")).toBeVisible();
  await expect(view.composer).toHaveCount(0);
});

test("partial keeps its note in the banner, also after a reload", async ({ page }) => {
  const view = await SessionView.fromText(page, printer);
  await view.answerUntilFix();
  await view.banner.getByRole("button", { name: "Apply fix" }).click();
  await view.banner.getByRole("button", { name: "More outcomes" }).click();
  await page.getByRole("menuitem", { name: "Partial…" }).click();
  await view.banner.getByRole("textbox").fill("Spooler cleared, driver still to do");
  await view.banner.getByRole("button", { name: "Record" }).click();
  await expect(view.banner).toContainText("Parked", { ignoreCase: true });
  await page.reload();
  await expect(view.banner).toContainText("Spooler cleared, driver still to do");
});

test("an edited note is never overwritten unasked when the session changes", async ({ page }) => {
  const view = await SessionView.fromText(page, printer);
  await view.openNote();
  await view.note.getByRole("button", { name: "Edit" }).click();
  const text = view.note.getByRole("textbox", { name: "Resolution note, Markdown" });
  await text.fill(`${await text.inputValue()}\nMy own closing words.`);
  await view.lane.getByRole("button", { name: "Add a note" }).click();
  await view.lane.getByRole("textbox", { name: "Note", exact: true }).fill("The paper tray was open.");
  await view.lane.getByRole("button", { name: "Save note" }).click();
  await expect(view.note.getByText("The session changed since you edited this note.")).toBeVisible();
  await expect(text).toHaveValue(/My own closing words\.$/);
  await view.note.getByRole("button", { name: "Use the new draft" }).click();
  await expect(view.note).toContainText("The paper tray was open.");
});

test("a ticket that does not move is said with both statuses; Retry does what is left and posts no second note", async ({
  page,
  expectConsoleErrors,
}) => {
  test.setTimeout(120_000);
  expectConsoleErrors(/502/);
  const { view, ticketId } = await SessionView.fromQueue(page, /VPN|Printer|drive C|Unlicensed|website/i);
  const before = await readNotes(ticketId);
  await view.openNote();
  await addFault({
    method: "PATCH",
    path: `/service/tickets/${ticketId}$`,
    kind: "silent_no_change",
    times: 1,
  });
  try {
    await view.note.getByRole("button", { name: "Confirm & post" }).click();
    await expect(view.note.getByRole("alert")).toContainText("psa_status_unverified", { timeout: 45_000 });
    await expect(view.note).toContainText(/Expected “.+”, the ticket shows “.+”/);
  } finally {
    await clearFaults();
  }
  await view.note.getByRole("button", { name: "Retry" }).click();
  await expect(view.note.getByRole("status")).toContainText("Verified on ticket", { timeout: 45_000 });
  expect((await readNotes(ticketId)).length - before.length).toBe(1);
  expect((await readTicket(ticketId)).status.name).toMatch(/resolved|completed|closed/i);
});

test("the server's silence is said quietly, and what happened meanwhile arrives by itself", async ({
  page,
  context,
}) => {
  const view = await SessionView.fromText(page, vpn);
  await context.setOffline(true);
  await expect(page.getByText("You are offline.")).toBeVisible();
  await view.composer.fill("Written while offline");
  await context.setOffline(false);
  await expect(page.getByText("You are offline.")).toHaveCount(0);
  await view.composer.press("Enter");
  await expect(page.getByRole("log").getByText("Written while offline")).toBeVisible();
});
