import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";

const vpn = "The VPN does not connect for one user";

test.beforeEach(async ({ page }) => logIn(page));

test("an answer that could not be sent is kept in its card: Edit gives it back, Retry sends it once", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/ERR_FAILED/);
  const view = await SessionView.fromText(page, vpn);
  const item = view.lane.getByRole("article").first();
  const name = (await item.getAttribute("aria-label")) ?? "";
  const card = view.lane.getByRole("article", { name, exact: true });
  const keys = new Set<string | undefined>();
  await page.route("**/items", async (route) => {
    keys.add(route.request().headers()["idempotency-key"]);
    await route.abort();
  });
  await card.getByRole("textbox").fill("Since the update");
  await card.getByRole("textbox").press("Enter");
  await expect(card.getByRole("alert")).toContainText("network_unreachable", { timeout: 20_000 });
  expect(keys.size).toBe(1);
  await card.getByRole("button", { name: "Edit" }).click();
  await expect(card.getByRole("textbox")).toHaveValue("Since the update");
  await expect(card.getByRole("alert")).toHaveCount(0);

  await card.getByRole("textbox").press("Enter");
  await expect(card.getByRole("alert")).toBeVisible({ timeout: 20_000 });
  await page.unroute("**/items");
  await card.getByRole("button", { name: "Retry" }).click();
  await expect(card.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("log").getByText("Since the update")).toHaveCount(1);
});

test("closed items the page left out are shown when they are asked for, a page at a time", async ({
  page,
}) => {
  const closed = (id: number) => ({
    id: `00000000-0000-4000-8000-00000000000${id}`,
    kind: "question",
    text: `Question of long ago ${id}`,
    status: id === 1 ? "set_aside" : "answered",
    answer: "Yes",
    created_at: "2026-03-02T14:00:00+00:00",
  });
  await page.route(/\/ai-sessions\/[0-9a-f-]{36}$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), closed_items_cursor: "first" } });
  });
  await page.route("**/items?cursor=*", (route) => {
    const first = route.request().url().endsWith("=first");
    return route.fulfill({
      json: { items: first ? [closed(3), closed(2)] : [closed(1)], next_cursor: first ? "second" : null },
    });
  });
  const view = await SessionView.fromText(page, vpn);
  const earlier = view.lane.getByRole("region", { name: "Earlier items" });
  const more = earlier.getByRole("button", { name: "Show earlier items" });
  await more.click();
  await expect(earlier.getByRole("article")).toHaveCount(2);
  await more.click();
  await expect(earlier.getByRole("button", { name: "Reopen: Question of long ago 1" })).toBeVisible();
  await expect(more).toHaveCount(0);
});
