import type { Page } from "@playwright/test";
import { Api } from "./api";
import { environment } from "./environment";
import { expect, fitsWidth, logIn, setTheme, test } from "./fixtures";
import { expectAccessible } from "./screen";
import { SessionView } from "./session";

const vpn = "The VPN does not connect for one user";
const printer = "Printer at reception prints nothing";
const lead = "lead@demo.example";

const sessionsOf = (page: Page) => page.getByRole("navigation", { name: "Sessions" });
const rowOf = (page: Page, url: string) => sessionsOf(page).locator(`a[href="${new URL(url).pathname}"]`);
const paletteOf = (page: Page) => page.getByRole("dialog", { name: "Command palette" });

test("the rail opens under the pointer, stays open when pinned, and is pinned still after a reload", async ({
  page,
}) => {
  await logIn(page);
  const rail = page.getByRole("navigation", { name: "Main" });
  const widthOf = async () => Math.round((await rail.boundingBox())?.width ?? 0);
  const contentAt = () =>
    page.locator("#content").evaluate((element) => element.getBoundingClientRect().left);
  await expect.poll(widthOf).toBe(64);
  await rail.hover();
  await expect.poll(widthOf).toBe(260);
  // Open, it lies over the page; pinned, it takes its room from it.
  expect(await contentAt()).toBe(64);
  const pin = page.getByRole("button", { name: "Keep the menu open" });
  await pin.click();
  await page.mouse.move(900, 500);
  await expect.poll(contentAt).toBe(260);
  await page.reload();
  await expect(pin).toHaveAttribute("aria-pressed", "true");
  await expect.poll(contentAt).toBe(260);
  expect(await fitsWidth(page)).toBe(true);

  // A narrow page has no room to give, and a phone has a bar.
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(contentAt).toBe(0);
  expect(await fitsWidth(page)).toBe(true);
  await page.setViewportSize({ width: 1280, height: 800 });
  await pin.press("Enter");
  await expect(pin).toHaveAttribute("aria-pressed", "false");
});

test("the session list is searched, keeps the present session marked, and says when nothing matches", async ({
  page,
}) => {
  await logIn(page);
  await SessionView.fromText(page, printer);
  const printerUrl = page.url();
  await SessionView.fromText(page, vpn);
  const list = sessionsOf(page);
  await expect(rowOf(page, page.url())).toHaveAttribute("aria-current", "page");
  await expect(rowOf(page, page.url())).toContainText("In progress");
  const search = list.getByRole("searchbox", { name: "Search sessions" });
  await search.fill("printer at rec");
  await expect(rowOf(page, page.url())).toHaveCount(0);
  await expect(rowOf(page, printerUrl)).toBeVisible();
  await search.fill("no session is called like this");
  await expect(list.getByText("No session matches")).toBeVisible();
  await list.getByRole("button", { name: "Clear the search" }).last().click();
  await expect(search).toBeFocused();
  await expect(rowOf(page, page.url())).toHaveAttribute("aria-current", "page");
});

test("the late answer to an earlier search never shows for another", async ({ page }) => {
  await logIn(page);
  await SessionView.fromText(page, printer);
  const printerUrl = page.url();
  await SessionView.fromText(page, vpn);
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(/ai-sessions\?.*q=printer/, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  const search = sessionsOf(page).getByRole("searchbox", { name: "Search sessions" });
  const asked = page.waitForRequest(/q=printer/);
  await search.fill("printer");
  await asked;
  await search.fill("the VPN does");
  await expect(rowOf(page, printerUrl)).toHaveCount(0);
  await expect(rowOf(page, page.url())).toBeVisible();
  letGo();
  await page.unroute(/ai-sessions\?.*q=printer/);
  await search.fill("the VPN does not");
  await expect(search).toHaveValue("the VPN does not");
  await expect(rowOf(page, page.url())).toBeVisible();
  await expect(rowOf(page, printerUrl)).toHaveCount(0);
});

test("older sessions are read when the list is scrolled to its end; a page that fails can be read again", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/422/);
  await logIn(page);
  await SessionView.fromText(page, printer);
  let further = 0;
  await page.route(/ai-sessions\?.*limit=50/, async (route) => {
    const answer = await route.fetch({
      url: route
        .request()
        .url()
        .replace(/&?cursor=[^&]*/, ""),
    });
    const { items } = (await answer.json()) as { items: { session: { id: string; title: string } }[] };
    const [one] = items;
    if (!one) throw new Error("there is no session to copy");
    const made = (prefix: string) =>
      Array.from({ length: 50 }, (_, number) => ({
        ...one,
        session: { ...one.session, id: `${prefix}-${number}`, title: `${prefix} session ${number}` },
      }));
    if (!route.request().url().includes("cursor="))
      return route.fulfill({ json: { items: made("first"), next_cursor: "further" } });
    further += 1;
    if (further === 1)
      return route.fulfill({
        status: 422,
        json: { type: "about:blank", title: "", status: 422, code: "cursor_invalid", detail: "Too old." },
      });
    return route.fulfill({ json: { items: made("second"), next_cursor: null } });
  });
  await page.reload();
  const list = sessionsOf(page);
  await expect(list.getByRole("link", { name: /first session 49/ })).toHaveCount(1);
  expect(further).toBe(0);
  await list.getByRole("link", { name: /first session 49/ }).scrollIntoViewIfNeeded();
  await expect(list.getByRole("alert")).toContainText("cursor_invalid");
  await list.getByRole("button", { name: "Retry" }).click();
  await expect(list.getByRole("link", { name: /second session 49/ })).toHaveCount(1);
  expect(further).toBe(2);
});

test("on a phone the sessions are a sheet, and choosing one closes it", async ({ page }) => {
  await logIn(page);
  await SessionView.fromText(page, printer);
  const printerUrl = page.url();
  await SessionView.fromText(page, vpn);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(sessionsOf(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Sessions" }).click();
  await expect(rowOf(page, page.url())).toHaveAttribute("aria-current", "page");
  await expectAccessible(page);
  await expect.poll(() => fitsWidth(page)).toBe(true);
  await page.keyboard.press("Escape");
  await expect(sessionsOf(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Sessions" })).toBeFocused();
  await page.keyboard.press("Enter");
  await rowOf(page, printerUrl).click();
  await expect(page).toHaveURL(printerUrl);
  await expect(sessionsOf(page)).toHaveCount(0);
});

test("the palette finds commands by words, offers only what is possible, and gives the focus back", async ({
  page,
}) => {
  await logIn(page);
  const view = await SessionView.fromText(page, printer);
  const palette = paletteOf(page);
  await view.composer.fill("half a thought");
  await page.keyboard.press("Control+k");
  await expect(palette.getByRole("option", { name: /Pause the session/ })).toBeVisible();
  await expect(palette.getByRole("option", { name: /Resume the session/ })).toHaveCount(0);
  await expect(palette.getByRole("option", { name: /Share an update/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);
  await expect(view.composer).toBeFocused();
  await expect(view.composer).toHaveValue("half a thought");

  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill("note preview");
  await expect(palette.getByRole("option").first()).toContainText("Preview the resolution note");
  await page.keyboard.press("Enter");
  await expect(palette).toHaveCount(0);
  await expect(view.note).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(view.note).toHaveCount(0);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("pause sess");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByRole("button", { name: "Resume" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(palette.getByRole("option", { name: /Resume the session/ })).toBeVisible();
  await expect(palette.getByRole("option", { name: /Pause the session/ })).toHaveCount(0);
});

test("what is typed while the palette is still being loaded goes into it, not into the page", async ({
  page,
}) => {
  await logIn(page);
  const view = await SessionView.fromText(page, printer);
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(/assets\/Palette-.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await view.composer.focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("note");
  letGo();
  await expect(paletteOf(page).getByRole("combobox")).toHaveValue("note");
  await expect(paletteOf(page).getByRole("option").first()).toContainText(/note/i);
  await page.keyboard.press("Escape");
  await expect(view.composer).toHaveValue("");
});

test("the palette switches to a session by words and starts one from what was typed", async ({
  page,
  expectConsoleErrors,
}) => {
  test.setTimeout(90_000);
  expectConsoleErrors(/503/);
  await logIn(page);
  await SessionView.fromText(page, printer);
  const printerUrl = page.url();
  await SessionView.fromText(page, vpn);
  const palette = paletteOf(page);
  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill("reception printer");
  await expect(palette.getByRole("option").first()).toContainText(printer);
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/\/$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/printer/i);

  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
  await page.keyboard.press("Control+k");
  const problem = "Unheard-of trouble with the plotter";
  await palette.getByRole("combobox").fill(problem);
  await page.route("**/ai-sessions", (route) =>
    route.fulfill({
      status: 503,
      json: { type: "about:blank", title: "", status: 503, code: "engine_away", detail: "Starting up." },
    }),
  );
  await palette.getByRole("option", { name: /Start a session/ }).click();
  // A refusal loses no word: the palette stays with what was typed.
  await expect(palette.getByRole("alert")).toContainText("engine_away");
  await expect(palette.getByRole("combobox")).toHaveValue(problem);
  await page.unroute("**/ai-sessions");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/pilot\/[0-9a-f-]{36}$/);
  expect(page.url()).not.toBe(printerUrl);
  await expect(page.getByRole("log").getByText(problem)).toBeVisible();
  await expect(palette).toHaveCount(0);
});

for (const theme of ["dark", "light"] as const)
  test(`palette, shortcuts and list are accessible and fit every width, ${theme}`, async ({ page }) => {
    await setTheme(page, theme);
    await logIn(page);
    await SessionView.fromText(page, printer);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect(paletteOf(page)).toBeVisible();
    await expectAccessible(page);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(() => fitsWidth(page), { message: `at ${width}` }).toBe(true);
    }
    await page.keyboard.press("Escape");
    await sessionsOf(page).getByRole("searchbox").fill("no session is called like this");
    await expect(sessionsOf(page).getByText("No session matches")).toBeVisible();
    await expectAccessible(page);
  });

test("an escalated session waits on the dashboard and above the list until another engineer picks it up", async ({
  page,
  playwright,
  expectConsoleErrors,
}) => {
  test.setTimeout(90_000);
  expectConsoleErrors(/503/);
  const request = await playwright.request.newContext();
  const api = await Api.as(request, environment.email);
  const title = `Escalated for the test of the queue ${Date.now().toString(36)}`;
  const { id } = await api.post<{ id: string }>("/ai-sessions", { text: title, title });
  const { markdown } = await api.post<{ markdown: string }>(`/ai-sessions/${id}/escalation-package/preview`);
  await api.post(`/ai-sessions/${id}/escalation-package/post`, {
    markdown,
    escalation_reason: "Needs rights on the core switch",
  });
  await expect
    .poll(async () => (await api.get<{ session: { status: string } }>(`/ai-sessions/${id}`)).session.status, {
      timeout: 30_000,
    })
    .toBe("escalated");
  await request.dispose();

  // What fails to be read is one quiet line, not an alarm.
  await page.route("**/queue/escalations*", (route) =>
    route.fulfill({
      status: 503,
      json: { type: "about:blank", title: "", status: 503, code: "database_away", detail: "Not now." },
    }),
  );
  await logIn(page, lead);
  await expect(page.getByText("database_away")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.unroute("**/queue/escalations*");
  await page.getByRole("button", { name: "Try again" }).first().click();

  const waiting = page.getByRole("region", { name: "Escalations waiting" });
  await expect(waiting).toBeVisible();
  const all = waiting.getByRole("button", { name: /^Show all/ });
  if (await all.isVisible()) await all.click();
  const row = waiting.getByRole("listitem").filter({ hasText: title });
  await expect(row).toContainText("Needs rights on the core switch");
  await expect(row).toContainText(/from \w+/);
  await expectAccessible(page);
  await row.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/pilot/${id}$`));
  const section = sessionsOf(page).getByRole("region", { name: "Escalations" });
  const allListed = section.getByRole("button", { name: /^Show all/ });
  await expect(section).toBeVisible();
  if (await allListed.isVisible()) await allListed.click();
  await section.getByRole("button", { name: `Pick up ${title}` }).click();
  await expect(page.getByRole("textbox", { name: "Message to the pilot" })).toBeVisible();
  await expect(section.getByRole("button", { name: `Pick up ${title}` })).toHaveCount(0);
  await expect(rowOf(page, page.url())).toHaveAttribute("aria-current", "page");
});

test("whoever comes by an address of the former assistant is told of its new name, once", async ({
  page,
}) => {
  await logIn(page);
  await SessionView.fromText(page, printer);
  const target = page.url();
  await page.goto(target.replace("/pilot/", "/assistant/"));
  await expect(page).toHaveURL(target);
  const notice = page.getByText(/^The assistant is now FlowPilot/);
  await expect(notice).toBeVisible();
  await page.getByRole("button", { name: "Close this notice" }).click();
  await expect(notice).toHaveCount(0);
  await page.goto("/assistant");
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("every address opened directly shows its page with a clean console", async ({
  page,
  expectConsoleErrors,
}) => {
  test.setTimeout(120_000);
  // Addresses of nothing are among them.
  expectConsoleErrors(/404/);
  await logIn(page);
  await SessionView.fromText(page, printer);
  const session = new URL(page.url()).pathname;
  const nothing = "00000000-0000-4000-8000-000000000000";
  const pages: [path: string, words: RegExp][] = [
    ["/", /^Good /],
    ["/login", /^ResolutionFlow$/],
    ["/pilot", /^Good /],
    [session, /printer/i],
    [`/pilot/${nothing}`, /There is no such session/],
    ["/assistant", /^Good /],
    [session.replace("pilot", "assistant"), /printer/i],
    [`/shared/sessions/${nothing}`, /link/i],
    ["/no-such-page", /There is no page at this address/],
  ];
  for (const [path, words] of pages) {
    await page.goto(path);
    await expect(page.getByRole("main").getByText(words).first(), path).toBeVisible();
  }
});

test("a super admin opens Temporal's UI from the menu, and may read histories there", async ({
  page,
  context,
}) => {
  await logIn(page);
  await expect(page.getByRole("button", { name: "Temporal UI" })).toHaveCount(0);
  await page.getByRole("button", { name: "Log out" }).click();
  await logIn(page, "admin@demo.example");
  const [opened, tab] = await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/temporal/codec/access")),
    context.waitForEvent("page"),
    page.getByRole("button", { name: "Temporal UI" }).click(),
  ]);
  const { temporal_ui_url: ui } = (await opened.json()) as { temporal_ui_url: string };
  await tab.waitForURL(`${ui}/**`);
  const decoded = await tab.evaluate(async (endpoint) => {
    const body = JSON.stringify({
      payloads: [{ metadata: { encoding: btoa("json/plain") }, data: btoa("1") }],
    });
    const headers = { "Content-Type": "application/json", "X-Namespace": "default" };
    return (await fetch(endpoint, { method: "POST", credentials: "include", headers, body })).status;
  }, `${environment.baseUrl}/api/v1/temporal/codec/decode`);
  expect(decoded).toBe(200);
  await context.clearCookies();
});
