import type { Browser, Page, Route } from "@playwright/test";
import { Api } from "./api";
import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";

const vpn = "The VPN does not connect for one user";
const printer = "Printer at reception prints nothing";
const lead = "lead@demo.example";

interface Detail {
  lane: { id: string; status: string }[];
  session: { status: string };
}

function idOf(page: Page): string {
  return page.url().split("/").at(-1) ?? "";
}

/** Holds every request that matches until it is let go; tells when one was made. */
async function hold(page: Page, url: string | RegExp): Promise<{ made: Promise<void>; letGo: () => void }> {
  let letGo = () => {};
  let tell = () => {};
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const made = new Promise<void>((resolve) => {
    tell = resolve;
  });
  await page.route(url, async (route: Route) => {
    tell();
    await released;
    // A page that was left gave the request up.
    await route.continue().catch(() => undefined);
  });
  return { made, letGo };
}

test("two engineers in one session see each other's messages as they are sent", async ({ page, browser }) => {
  test.setTimeout(90_000);
  await logIn(page);
  const view = await SessionView.fromText(page, vpn);
  const other = await joinedByLead(browser, page.url());
  const otherView = new SessionView(other);

  await view.composer.fill("The engineer asks whether the tunnel is up");
  await view.composer.press("Enter");
  await expect(other.getByRole("log").getByText("The engineer asks whether the tunnel is up")).toHaveCount(1);
  await otherView.composer.fill("The lead has seen this last week");
  await otherView.composer.press("Enter");
  await expect(page.getByRole("log").getByText("The lead has seen this last week")).toHaveCount(1);
  await other.context().close();
});

test("two engineers in one session see that the other is there, and when the other has left", async ({
  page,
  browser,
}) => {
  test.setTimeout(90_000);
  await logIn(page);
  await SessionView.fromText(page, vpn);
  const presence = (of: Page) => of.getByRole("main").getByText(/ is here too$/);
  await expect(presence(page)).toHaveCount(0);
  const other = await joinedByLead(browser, page.url());

  await expect(presence(page)).toBeVisible();
  await expect(presence(other)).toBeVisible();
  await expect(page.locator('[aria-live="polite"].sr-only')).toHaveText(/ is here too$/);
  await other.context().close();
  await expect(presence(page)).toHaveCount(0, { timeout: 30_000 });
});

test("two tabs of one engineer stay current with each other", async ({ page, context }) => {
  await logIn(page);
  const view = await SessionView.fromText(page, printer);
  const second = await context.newPage();
  await second.goto(page.url());
  const secondView = new SessionView(second);
  await secondView.settled();
  const question = await secondView.lane.getByRole("article").first().getAttribute("aria-label");
  const asked = secondView.lane.getByRole("article", { name: question ?? "", exact: true });
  await expect(asked.getByRole("button", { name: "Skip" })).toBeVisible();

  await view.answerOpenItems();
  await expect(asked.getByRole("button", { name: "Skip" })).toHaveCount(0);
  await secondView.settled();
  const said = await page.getByRole("log").getByText("Pilot:").count();
  await expect(second.getByRole("log").getByText("Pilot:")).toHaveCount(said);
  // One person with two tabs is not company.
  await expect(second.getByText(/here too/)).toHaveCount(0);
});

test("a lost stream is said quietly, comes back by itself, and brings what happened meanwhile, once", async ({
  page,
  playwright,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/ERR_FAILED|ERR_CONNECTION|ERR_ABORTED/);
  await logIn(page);
  // An open stream cannot be cut from outside: it is opened so that an event of the page ends it.
  await page.addInitScript(() => {
    const { fetch: open } = window;
    window.fetch = (input, init) => {
      const request = new Request(input, init);
      if (!new URL(request.url).pathname.endsWith("/events")) return open(request);
      const cut = new AbortController();
      window.addEventListener("cut-the-stream", () => cut.abort(), { once: true });
      return open(request, { signal: AbortSignal.any([request.signal, cut.signal]) });
    };
  });
  await page.reload();
  const view = await SessionView.fromText(page, vpn);
  await page.route("**/events?*", (route) => route.abort());
  await page.evaluate(() => window.dispatchEvent(new Event("cut-the-stream")));
  await expect(page.getByText(/^Reconnecting\./)).toBeVisible();

  const request = await playwright.request.newContext();
  const api = await Api.as(request, environment.email);
  await api.post(`/ai-sessions/${idOf(page)}/messages`, { text: "Sent from elsewhere meanwhile" });
  await expect(page.getByRole("log").getByText("Sent from elsewhere meanwhile")).toHaveCount(0);

  await page.unroute("**/events?*");
  await expect(page.getByRole("log").getByText("Sent from elsewhere meanwhile")).toHaveCount(1, {
    timeout: 30_000,
  });
  await expect(page.getByText(/^Reconnecting\./)).toHaveCount(0);
  await view.settled();
  await expect(page.getByRole("log").getByText("Sent from elsewhere meanwhile")).toHaveCount(1);
  await request.dispose();
});

test("a command refused because the session changed elsewhere says what changed and shows the new state", async ({
  page,
  playwright,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/409|ERR_FAILED|ERR_ABORTED/);
  await logIn(page);
  // This tab hears nothing of what happens.
  await page.route("**/events?*", (route) => route.abort());
  const view = await SessionView.fromText(page, vpn);
  const request = await playwright.request.newContext();
  const api = await Api.as(request, environment.email);
  await api.post(`/ai-sessions/${idOf(page)}/abandon`, { reason: "Duplicate" });
  await expect
    .poll(async () => (await api.get<Detail>(`/ai-sessions/${idOf(page)}`)).session.status)
    .toBe("abandoned");

  await expect(view.composer).toBeVisible();
  await view.composer.fill("Written into a session that is over");
  await view.composer.press("Enter");
  const notice = page.getByRole("alert").filter({ hasText: "changed elsewhere" });
  await expect(notice).toContainText("it is now abandoned");
  await expect(notice).toContainText("session_closed");
  await expect(page.getByText("This session was abandoned.")).toBeVisible();
  // What was typed is not lost with it.
  await expect(page.getByRole("log").getByText("Written into a session that is over")).toBeVisible();
  await notice.getByRole("button", { name: "Close this notice" }).click();
  await expect(notice).toHaveCount(0);
  await request.dispose();
});

test.describe("a slow answer never shows in another session:", () => {
  test("the note preview", async ({ page }) => {
    await logIn(page);
    await SessionView.fromText(page, vpn);
    const otherUrl = page.url();
    const view = await SessionView.fromText(page, printer);
    const slow = await hold(page, `**/ai-sessions/${idOf(page)}/resolution-note/preview*`);
    await page.getByRole("main").getByRole("button", { name: "Resolve", exact: true }).click();
    await slow.made;
    await switchTo(page, otherUrl);
    await expect(view.note).toHaveCount(0);
    const other = new SessionView(page);
    await other.openNote();
    slow.letGo();
    await expect(view.note).toContainText(/VPN/i);
    await expect(view.note).not.toContainText(/printer/i);
  });

  test("the outcome of a fix", async ({ page }) => {
    test.setTimeout(120_000);
    await logIn(page);
    await SessionView.fromText(page, vpn);
    const otherUrl = page.url();
    const view = await SessionView.fromText(page, printer);
    const slowUrl = page.url();
    await view.answerUntilFix();
    await view.banner.getByRole("button", { name: "Apply fix" }).click();
    const slow = await hold(page, `**/ai-sessions/${idOf(page)}/suggested-fixes/*/outcome`);
    await view.banner.getByRole("button", { name: "It worked" }).click();
    await slow.made;
    await switchTo(page, otherUrl);
    const answered = page.waitForResponse((response) => response.url().includes("/outcome"));
    slow.letGo();
    await answered;
    await expect(view.banner).toHaveCount(0);
    await expect(page.getByRole("log")).not.toContainText(/printer/i);
    await switchTo(page, slowUrl);
    await expect(view.banner.getByRole("button", { name: "Preview the note" })).toBeVisible();
  });

  test("a fact that is added", async ({ page }) => {
    await logIn(page);
    await SessionView.fromText(page, vpn);
    const otherUrl = page.url();
    const view = await SessionView.fromText(page, printer);
    const slowUrl = page.url();
    const slow = await hold(page, `**/ai-sessions/${idOf(page)}/facts`);
    await view.lane.getByRole("button", { name: "Add a note" }).click();
    await view.lane.getByRole("textbox", { name: "Note", exact: true }).fill("Toner is at two per cent.");
    await view.lane.getByRole("button", { name: "Save note" }).click();
    await slow.made;
    await switchTo(page, otherUrl);
    await expect(view.lane).not.toContainText("Toner is at two per cent.");
    const answered = page.waitForResponse((response) => response.url().endsWith("/facts"));
    slow.letGo();
    await answered;
    await view.lane.getByRole("button", { name: "Add a note" }).click();
    await expect(view.lane.getByRole("textbox", { name: "Note", exact: true })).toHaveValue("");
    await expect(view.lane).not.toContainText("Toner is at two per cent.");
    await switchTo(page, slowUrl);
    await expect(
      view.lane.getByRole("listitem").filter({ hasText: "Toner is at two per cent." }),
    ).toBeVisible();
  });
});

/** The lead, in a browser of their own, with the session open and read. */
async function joinedByLead(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: environment.baseUrl, locale: "en-GB" });
  const page = await context.newPage();
  await logIn(page, lead);
  await page.goto(url);
  await new SessionView(page).settled();
  return page;
}

async function switchTo(page: Page, url: string): Promise<void> {
  const sessions = page.getByRole("navigation", { name: "Sessions" });
  await sessions.locator(`a[href="${new URL(url).pathname}"]`).click();
  await expect(page).toHaveURL(url);
  await new SessionView(page).settled();
}
