import type { Page } from "@playwright/test";
import { expect, logIn, setTheme, test } from "./fixtures";
import { direct, newCase } from "./model";
import { expectAccessible } from "./screen";

test.beforeEach(async ({ page }) => logIn(page));

/** Starts a session without waiting for the end of its first reply. */
async function start(page: Page, text: string): Promise<void> {
  await page.goto("/");
  await page.getByLabel("What are you troubleshooting?").fill(text);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/pilot\/[0-9a-f-]{36}$/);
}

const log = (page: Page) => page.getByRole("log");
const stop = (page: Page) => page.getByRole("button", { name: "Stop the reply" });

/** `count` numbered sentences, each as long as one piece of a stream. */
function sentences(count: number): string {
  return Array.from({ length: count }, (_, at) => `Step ${String(at + 1).padStart(3, "0")} of it.`).join(" ");
}

test.describe.configure({ timeout: 120_000 });

test("a reply being written survives a reload: it goes on where it was and stands once", async ({ page }) => {
  const inCase = newCase();
  await direct(inCase, { text: sentences(80), piece_characters: 19, seconds_between_pieces: 0.15 });
  await start(page, `Mail does not arrive ${inCase}`);
  await expect(log(page)).toContainText("Step 010");
  await page.reload();
  await expect(log(page)).toContainText("Step 010");
  await expect(stop(page)).toBeVisible();
  await expect(log(page)).not.toContainText("Step 080");
  await expect(log(page)).toContainText("Step 080", { timeout: 30_000 });
  await expect(stop(page)).toHaveCount(0);
  const text = await log(page).innerText();
  expect(text.match(/Step 010/g)).toHaveLength(1);
  expect(text.match(/Step \d{3}/g)).toHaveLength(80);
});

test("code gets its colours when its fence is closed; a stopped reply keeps its words and can be asked for again", async ({
  page,
}) => {
  const inCase = newCase();
  const script = "$name = 'Spooler'\nGet-Service -Name $name | Restart-Service";
  const rest = "# never sent\n".repeat(20);
  await direct(
    inCase,
    { text: `Run this:\n\n\`\`\`powershell\n${script}\n${rest}\`\`\``, piece_characters: 20, hang_after: 6 },
    { text: `Run this:\n\n\`\`\`powershell\n${script}\n\`\`\`\n\nThen print again.` },
  );
  await start(page, `The spooler hangs ${inCase}`);
  const code = log(page).getByLabel("powershell code");
  await expect(code).toContainText("Get-Service -Name");
  await expect(code.locator("span")).toHaveCount(0);
  await stop(page).click();
  await expect(log(page).getByText("· stopped")).toBeVisible();
  await expect(stop(page)).toHaveCount(0);

  await page.getByLabel("Message to the pilot").fill("The whole script, please");
  await page.keyboard.press("Enter");
  await expect(log(page)).toContainText("Then print again.");
  const whole = log(page).getByLabel("powershell code").last();
  await expect(whole.locator(".hljs-string")).toHaveText("'Spooler'");
  await expect(whole).toHaveText(script);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await log(page).getByRole("button", { name: "Copy code" }).last().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(script);
  await expectAccessible(page);
  await setTheme(page, "light");
  await page.reload();
  await expect(log(page).locator(".hljs-string").last()).toBeVisible();
  await expectAccessible(page);
});

test("a reply stopped before its first word leaves a line instead of an empty bubble, and comes when asked for again", async ({
  page,
}) => {
  const inCase = newCase();
  await direct(inCase, { text: "Never sent.", hang_after: 0 }, "Restart the scanner.");
  await start(page, `The scanner hums ${inCase}${"\n\nIt hums.".repeat(40)}`);
  await stop(page).click();
  await expect(log(page).getByText("The reply was stopped.")).toBeVisible();
  await expect(log(page).getByRole("button", { name: "Retry" })).toBeInViewport({ ratio: 1 });
  await expect(log(page).getByText("· stopped")).toHaveCount(0);
  await page.reload();
  await expect(log(page).getByText("The reply was stopped.")).toBeVisible();
  await expectAccessible(page);
  await log(page).getByRole("button", { name: "Retry" }).click();
  await expect(log(page)).toContainText("Restart the scanner.");
  await expect(log(page).getByText("The reply was stopped.")).toHaveCount(0);
});

test("a reply that was cut off or declined says so below its words", async ({ page }) => {
  const inCase = newCase();
  await direct(
    inCase,
    { text: "The first half of", stop_reason: "max_tokens" },
    { text: "", stop_reason: "refusal" },
  );
  await start(page, `The scanner shows nothing ${inCase}`);
  await expect(log(page).getByText("· cut off at its length limit")).toBeVisible();
  const composer = page.getByLabel("Message to the pilot");
  await composer.fill("And the rest?");
  await composer.press("Enter");
  await expect(log(page).getByText("· declined by the model")).toBeVisible();
});

test("a thousand messages stay light, and neither older ones nor a reply being written move what is read", async ({
  page,
}) => {
  const inCase = newCase();
  const reply = { piece_characters: 19, seconds_between_pieces: 0.1 };
  await direct(inCase, "Ready for it.", { text: sentences(100), ...reply });
  await start(page, `The mailbox is full ${inCase}`);
  await expect(log(page)).toContainText("Ready for it.");
  await expect(stop(page)).toHaveCount(0);
  const history = await withLongHistory(page, 1000);
  await page.reload();
  await expect(log(page)).toContainText("Ready for it.");
  const drawn = log(page).locator("[data-index]");
  const height = () => log(page).evaluate((element) => element.scrollHeight);

  // The next page is held back until what is read was measured.
  const release = history.hold();
  await log(page).evaluate((element) => element.scrollTo({ top: 150 }));
  const known = await height();
  const read = await firstInView(page);
  const asked = page.waitForResponse(/messages\?before=/);
  release();
  await asked;
  await expect.poll(height).toBeGreaterThan(known);
  await expectUnmoved(page, read);

  await expect(async () => {
    await log(page).evaluate((element) => element.scrollTo({ top: 0 }));
    await expect(log(page).getByText("Old message 1.", { exact: true })).toBeVisible({ timeout: 300 });
  }).toPass({ timeout: 60_000 });
  expect(await drawn.count()).toBeLessThan(40);
  expect(await height()).toBeGreaterThan(40_000);

  const composer = page.getByLabel("Message to the pilot");
  await composer.fill("Write down every step");
  await composer.press("Enter");
  await expect(log(page)).toContainText("Step 003");
  await log(page).hover();
  await page.mouse.wheel(0, -3000);
  await expect(log(page)).not.toContainText("Step 003");
  const meanwhile = await firstInView(page);
  await expect(page.getByRole("button", { name: "Jump to latest 1 new reply" })).toBeVisible({
    timeout: 60_000,
  });
  await expectUnmoved(page, meanwhile);
  expect(await drawn.count()).toBeLessThan(40);
  await page.getByRole("button", { name: /^Jump to latest/ }).click();
  await expect(log(page)).toContainText("Step 100");
  await expect(page.getByRole("button", { name: /^Jump to latest/ })).toHaveCount(0);
});

interface InView {
  text: string;
  top: number;
}

/** The first message that begins inside the view, and where. */
async function firstInView(page: Page): Promise<InView> {
  return log(page).evaluate((element) => {
    const top = element.getBoundingClientRect().top;
    const paragraphs = [...element.querySelectorAll("p")].filter((one) =>
      one.innerText.startsWith("Old message"),
    );
    const first = paragraphs.find((one) => one.getBoundingClientRect().top >= top);
    return { text: first?.innerText ?? "", top: first?.getBoundingClientRect().top ?? 0 };
  });
}

async function expectUnmoved(page: Page, { text, top }: InView): Promise<void> {
  expect(text).toContain("Old message");
  const now = await log(page).getByText(text, { exact: true }).boundingBox();
  expect(Math.abs((now?.y ?? 0) - top)).toBeLessThanOrEqual(1);
}

/** Puts `count` older messages of many heights before those of the open session, in pages, as the server would. */
async function withLongHistory(page: Page, count: number) {
  const sessionId = page.url().split("/").at(-1) ?? "";
  const old = Array.from({ length: count }, (_, at) => ({
    id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    seq: at - count,
    role: at % 2 === 0 ? "engineer" : "pilot",
    text: `Old message ${at + 1}.${"\n\nMore about it, said in a few words.".repeat((at * 7) % 5)}`,
    turn_state: at % 2 === 0 ? "done" : undefined,
    created_at: new Date(Date.UTC(2026, 0, 1 + Math.floor(at / 40), 9, at % 40)).toISOString(),
  }));
  const before = (seq: number) => old.filter((message) => message.seq < seq).slice(-50);
  const cursor = (part: typeof old) => (part[0] && part[0].seq > -count ? String(part[0].seq) : null);
  let held = Promise.resolve();

  await page.route(`**/ai-sessions/${sessionId}`, async (route) => {
    const response = await route.fetch();
    const detail = (await response.json()) as { messages: unknown[]; older_cursor: string | null };
    const latest = before(0);
    detail.messages = [...latest, ...detail.messages];
    detail.older_cursor = cursor(latest);
    await route.fulfill({ response, json: detail });
  });
  await page.route(`**/ai-sessions/${sessionId}/messages?*`, async (route) => {
    await held;
    const part = before(Number(new URL(route.request().url()).searchParams.get("before")));
    await route.fulfill({ json: { items: part, next_cursor: cursor(part), people: [] } });
  });
  return {
    /** Holds the next pages back until the answer is called. */
    hold: () => {
      let release = () => {};
      held = new Promise<void>((resolve) => {
        release = resolve;
      });
      return () => release();
    },
  };
}
