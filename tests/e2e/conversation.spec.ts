import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures";
import { SessionView } from "./session";

const printer = "Printer at reception prints nothing";
const log = (page: Page) => page.getByRole("log");

interface Message {
  id: string;
  seq: number;
  role: string;
  text: string;
  author_id?: string | null;
  turn_state?: string | null;
  error?: { code: string; detail: string } | null;
  created_at: string;
}

interface Detail {
  messages: Message[];
  people?: { user_id: string; name: string }[];
}

/** Changes what the server says of the open session, as if it had happened so. */
async function changeDetail(page: Page, change: (detail: Detail) => void): Promise<() => Promise<void>> {
  const path = `**/ai-sessions/${page.url().split("/").at(-1)}`;
  await page.route(path, async (route) => {
    const response = await route.fetch();
    const detail = (await response.json()) as Detail;
    change(detail);
    await route.fulfill({ response, json: detail });
  });
  return () => page.unroute(path);
}

test.beforeEach(async ({ page }) => logIn(page));

test("applied fixes and their outcomes stand in the conversation as lines of their own", async ({ page }) => {
  test.setTimeout(120_000);
  const view = await SessionView.fromText(page, printer);
  await view.answerUntilFix();
  await view.banner.getByRole("button", { name: "Apply fix" }).click();
  await expect(log(page).getByText(/^Applied fix: /)).toBeVisible();
  await view.banner.getByRole("button", { name: "Didn't work" }).click();
  await page.getByRole("button", { name: "Record" }).click();
  await expect(log(page).getByText(/^It did not work: /)).toBeVisible();
});

test("messages stand below their day with the whole date at hand, and every author is told apart", async ({
  page,
}) => {
  await SessionView.fromText(page, printer);
  const base = { role: "engineer", turn_state: "done", seq: 0 };
  await changeDetail(page, (detail) => {
    detail.people = [{ user_id: "11111111-0000-4000-8000-000000000000", name: "Marta Davis" }];
    detail.messages.unshift(
      {
        ...base,
        id: "00000000-0000-4000-8000-000000000001",
        seq: -2,
        text: "I looked at the spooler before my shift ended.",
        author_id: "11111111-0000-4000-8000-000000000000",
        created_at: "2026-01-05T09:12:00+00:00",
      },
      {
        ...base,
        id: "00000000-0000-4000-8000-000000000002",
        seq: -1,
        text: "Somebody unknown added this.",
        author_id: "22222222-0000-4000-8000-000000000000",
        created_at: "2026-01-06T09:12:00+00:00",
      },
    );
  });
  await page.reload();
  await expect(log(page).getByText("Marta Davis:")).toBeVisible();
  await expect(log(page).getByText("MD", { exact: true })).toBeVisible();
  await expect(log(page).getByText("Another engineer:")).toBeVisible();
  await expect(log(page).getByText("ME", { exact: true })).toBeVisible();
  await expect(log(page).getByText(/5 January/)).toBeVisible();
  await expect(log(page).getByText(/6 January/)).toBeVisible();
  await expect(log(page).getByText("Today")).toBeVisible();
  await expect(log(page).locator("time").first()).toHaveAttribute("title", /5 January 2026/);
});

test("a turn that failed says why in the API's words, and Retry runs it again under a key of its own", async ({
  page,
}) => {
  await SessionView.fromText(page, printer);
  const heal = await changeDetail(page, (detail) => {
    detail.messages = detail.messages.filter((message) => message.role === "engineer");
    for (const message of detail.messages) {
      message.turn_state = "failed";
      message.error = { code: "pilot_unavailable", detail: "The model did not answer in time." };
    }
  });
  await page.reload();
  const failure = log(page).getByRole("alert");
  await expect(failure).toContainText("The model did not answer in time.");
  await expect(failure).toContainText("pilot_unavailable");
  const retried = page.waitForRequest((request) => request.url().endsWith("/retry"));
  await page.route("**/retry", (route) => route.fulfill({ status: 202, json: {} }));
  await heal();
  await failure.getByRole("button", { name: "Retry" }).click();
  expect((await retried).headers()["idempotency-key"]).toBeTruthy();
  await expect(failure).toHaveCount(0);
});
