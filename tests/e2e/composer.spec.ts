import { Buffer } from "node:buffer";
import type { Locator, Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";
import { SessionView } from "./session";
import { addFault, clearFaults } from "./simulator";

const vpn = "The VPN does not connect for one user";
const printer = "Printer at reception prints nothing";
const log = (page: Page) => page.getByRole("log");
const attached = (page: Page) => page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true });
const picker = (page: Page) => page.getByLabel("Files to attach");

/** A small picture that every decoder takes. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const picture = (name: string) => ({ name, mimeType: "image/png", buffer: png });
const textFile = (name: string, text: string) => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from(text),
});

/** Lets go of a file over an element, or pastes it there, as the browser would. */
async function bring(target: Locator, kind: "paste" | "drop" | "dragover", name: string): Promise<void> {
  await target.evaluate(
    (element, { kind, name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type: "image/png" }));
      const init = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        kind === "paste"
          ? new ClipboardEvent("paste", { ...init, clipboardData: data })
          : new DragEvent(kind, { ...init, dataTransfer: data }),
      );
    },
    { kind, name, bytes: [...png] },
  );
}

async function pasteText(target: Locator, text: string): Promise<void> {
  await target.focus();
  await target.evaluate((element, words) => {
    const data = new DataTransfer();
    data.setData("text/plain", words);
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
    if (element.dispatchEvent(event)) document.execCommand("insertText", false, words);
  }, text);
}

test.beforeEach(async ({ page }) => logIn(page));

test("pictures come in by picker, paste and drop, can be taken back, go with the message and open large", async ({
  page,
}) => {
  test.setTimeout(120_000);
  const view = await SessionView.fromText(page, vpn);
  await picker(page).setInputFiles(picture("picked.png"));
  await bring(view.composer, "paste", "pasted.png");
  await bring(log(page), "dragover", "dropped.png");
  await expect(page.getByText("Drop to attach")).toBeVisible();
  await bring(log(page), "drop", "dropped.png");
  await expect(page.getByText("Drop to attach")).toHaveCount(0);
  await expect(attached(page)).toHaveCount(3);
  await expect(page.getByText("3 of 3 files")).toBeVisible();
  await expect(attached(page).locator("img")).toHaveCount(3);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await bring(view.composer, "paste", "one too many.png");
  await expect(page.getByText("A message takes 3 files. One was left out.")).toBeVisible();
  await expectAccessible(page);
  await expectNoSideScroll(page);

  const taken = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "Remove pasted.png" }).click();
  expect((await taken).url()).toMatch(/\/uploads\/[0-9a-f-]{36}$/);
  await expect(attached(page)).toHaveCount(2);

  await view.composer.fill("This is what they see");
  await view.composer.press("Enter");
  await expect(attached(page)).toHaveCount(0);
  await expect(page.getByText("Sending…")).toHaveCount(0);
  const thumbnails = log(page).getByRole("list", { name: "Files" }).getByRole("img");
  await expect(thumbnails).toHaveCount(2);
  await expect
    .poll(() => thumbnails.first().evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await log(page).getByRole("button", { name: "Open picked.png" }).click();
  const dialog = page.getByRole("dialog", { name: /picked\.png/ });
  await expect(dialog.getByRole("img", { name: "picked.png" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(log(page).getByRole("button", { name: "Open picked.png" })).toBeFocused();
});

test("files of a draft survive switching sessions and a reload, and go without a word too", async ({
  page,
}) => {
  const first = await SessionView.fromText(page, vpn);
  const firstUrl = page.url();
  await picker(page).setInputFiles([picture("tunnel.png"), textFile("client.log", "error 809")]);
  await expect(attached(page)).toHaveCount(2);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await SessionView.fromText(page, printer);
  await expect(attached(page)).toHaveCount(0);
  await page.goto(firstUrl);
  await expect(attached(page)).toHaveCount(2);
  await expect(attached(page).locator("img")).toHaveCount(1);
  await page.reload();
  await expect(attached(page)).toHaveCount(2);
  await expect(first.composer).toHaveValue("");
  await send(page).click();
  const files = log(page).getByRole("list", { name: "Files" });
  await expect(files.getByRole("link", { name: /client\.log/ })).toHaveAttribute("href", /signature=/);
  await expect(files.getByRole("button", { name: "Open tunnel.png" })).toBeVisible();
  await page.reload();
  await expect(files.getByRole("link", { name: /client\.log/ })).toBeVisible();
  await expect(attached(page)).toHaveCount(0);
});

test("what is wrong with a file is said beside it in the API's words; an upload that broke goes on by Retry", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/415|401|ERR_FAILED/);
  const view = await SessionView.fromText(page, vpn);
  await picker(page).setInputFiles({
    name: "page.html",
    mimeType: "text/html",
    buffer: Buffer.from("<!doctype html><html><script>alert(1)</script></html>"),
  });
  await expect(attached(page).getByRole("alert")).toContainText("upload_type_not_allowed");
  await expect(send(page)).toBeDisabled();
  await expect(page.getByText("A file was not uploaded: retry or remove it.")).toBeVisible();
  await page.getByRole("button", { name: "Remove page.html" }).click();

  await picker(page).setInputFiles({
    name: "dump.bin",
    mimeType: "text/plain",
    buffer: Buffer.alloc(10 * 1024 * 1024 + 1, 65),
  });
  await expect(attached(page).getByRole("alert")).toContainText("more than 10 MB");
  await page.getByRole("button", { name: "Remove dump.bin" }).click();

  const tokens = new Set<string | undefined>();
  const keys = new Set<string | undefined>();
  let answered = 0;
  await page.route("**/api/v1/uploads", async (route) => {
    const headers = route.request().headers();
    keys.add(headers["idempotency-key"]);
    tokens.add(headers.authorization);
    answered += 1;
    if (answered === 1) return route.abort();
    if (answered === 2)
      return route.fulfill({
        status: 401,
        json: { status: 401, code: "token_expired", detail: "Expired.", title: "", type: "about:blank" },
      });
    return route.continue();
  });
  await picker(page).setInputFiles(picture("shot.png"));
  await expect(attached(page).getByRole("alert")).toContainText("network_unreachable");
  await attached(page).getByRole("button", { name: "Retry" }).click();
  await expect(attached(page).getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  expect(answered).toBe(3);
  expect(keys.size).toBe(1);
  await view.composer.press("Enter");
  await expect(log(page).getByRole("button", { name: "Open shot.png" })).toBeVisible();
});

test("an upload can be cancelled, and a message that could not be sent keeps its files for Retry", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/ERR_FAILED/);
  const view = await SessionView.fromText(page, vpn);
  await page.route("**/api/v1/uploads", () => undefined);
  await picker(page).setInputFiles(picture("slow.png"));
  await expect(page.getByRole("progressbar", { name: "Uploading slow.png" })).toBeVisible();
  await view.composer.fill("Look at this");
  await expect(send(page)).toBeDisabled();
  await expect(page.getByText("A file is being uploaded.")).toBeVisible();
  await page.getByRole("button", { name: "Cancel slow.png" }).click();
  await expect(attached(page)).toHaveCount(0);
  await page.unroute("**/api/v1/uploads");

  await picker(page).setInputFiles(picture("shot.png"));
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await page.route("**/messages", (route) => route.abort());
  await view.composer.press("Enter");
  await expect(page.getByText("Not sent")).toBeVisible({ timeout: 20_000 });
  await page.reload();
  await expect(page.getByText("Not sent")).toBeVisible();
  await page.unroute("**/messages");
  await log(page).getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("Not sent")).toHaveCount(0);
  await expect(log(page).getByRole("button", { name: "Open shot.png" })).toHaveCount(1);
  await expect(log(page).getByText("Look at this")).toHaveCount(1);
});

test("logs have room of their own: a short one becomes a code block, a long one a file, also one pasted between the words", async ({
  page,
}) => {
  const view = await SessionView.fromText(page, vpn);
  const long = Array.from({ length: 120 }, (_, at) => `10:00:${at} tunnel adapter: no answer`).join("\n");
  await page.getByRole("button", { name: "Paste logs" }).click();
  const room = page.getByRole("textbox", { name: "Log text" });
  await expect(room).toBeFocused();
  await room.fill("error 809\nno answer");
  await page.reload();
  await expect(room).toHaveValue("error 809\nno answer");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Add to the message" }).click();
  await expect(view.composer).toHaveValue("```text\nerror 809\nno answer\n```\n");
  await expect(view.composer).toBeFocused();

  await page.getByRole("button", { name: "Paste logs" }).click();
  await room.fill(long);
  await page.getByRole("button", { name: "Attach as a log file" }).click();
  await expect(attached(page).filter({ hasText: /log-.*\.txt/ })).toHaveCount(1);

  await view.composer.fill("They wrote: ");
  await view.composer.press("End");
  await pasteText(view.composer, long);
  await expect(page.getByText("You pasted 120 lines.")).toBeVisible();
  await page.getByRole("button", { name: "Attach as a log file" }).click();
  await expect(view.composer).toHaveValue("They wrote: ");
  await expect(attached(page)).toHaveCount(2);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await view.composer.press("Enter");
  await expect(log(page).getByRole("link", { name: /log-.*\.txt/ })).toHaveCount(2);
});

test("the ticket is at hand while a message is written, and says when the ticketing system does not answer", async ({
  page,
  expectConsoleErrors,
}) => {
  test.setTimeout(120_000);
  expectConsoleErrors(/50[0-9]/);
  const { view, ticketId } = await SessionView.fromQueue(page, /VPN|Printer|drive C|Unlicensed|website/i);
  const panel = page.getByRole("dialog", { name: "Ticket context" });
  await addFault({ path: `/service/tickets/${ticketId}$`, kind: "status", status: 503, times: 20 });
  try {
    await page.getByRole("button", { name: "Ticket context" }).click();
    await expect(panel.getByRole("alert")).toBeVisible({ timeout: 45_000 });
  } finally {
    await clearFaults();
  }
  await panel.getByRole("button", { name: "Retry" }).click();
  await expect(panel).toContainText(`#${ticketId}`, { timeout: 30_000 });
  for (const part of ["Description", "Notes", "Configurations", "Related tickets"])
    await expect(panel.getByRole("heading", { name: part })).toBeVisible();
  await expectAccessible(page);
  await view.composer.fill("The customer wrote:");
  await panel
    .getByRole("button", { name: /^Insert the (description|note) into the message/ })
    .first()
    .click();
  await expect(view.composer).toHaveValue(/^The customer wrote:\n\n> \S/);
  await panel.getByRole("button", { name: "Close the ticket" }).click();
  await expect(panel).toHaveCount(0);
});

test("Enter sends, with Ctrl too; with Shift it breaks the line, and while an input method composes it picks a word", async ({
  page,
}) => {
  const view = await SessionView.fromText(page, vpn);
  await view.composer.pressSequentially("one");
  await view.composer.press("Shift+Enter");
  await view.composer.pressSequentially("two");
  await expect(view.composer).toHaveValue("one\ntwo");
  const tall = await view.composer.boundingBox();
  await view.composer.fill("x\n".repeat(60));
  const taller = await view.composer.boundingBox();
  expect(taller?.height).toBeGreaterThan(tall?.height ?? 0);
  expect(taller?.height).toBeLessThanOrEqual(221);

  await view.composer.fill("");
  const browser = await page.context().newCDPSession(page);
  await browser.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await expect(view.composer).toHaveValue("にほん");
  await view.composer.dispatchEvent("keydown", { key: "Enter", isComposing: true, keyCode: 229 });
  await view.composer.dispatchEvent("keydown", { key: "Enter", keyCode: 229 });
  await expect(view.composer).toHaveValue("にほん");
  await browser.send("Input.insertText", { text: "日本" });
  await expect(view.composer).toHaveValue("日本");
  await view.composer.press("Control+Enter");
  await expect(view.composer).toHaveValue("");
  await expect(log(page).getByText("日本")).toBeVisible();
});

test("a draft and its files outlive a crash of the tab", async ({ page, context }) => {
  const view = await SessionView.fromText(page, vpn);
  const url = page.url();
  await picker(page).setInputFiles(picture("before.png"));
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await view.composer.pressSequentially("half a sentence about the tun");
  await expect
    .poll(() => page.evaluate(() => Object.values(localStorage).join("\n")))
    .toContain("half a sentence about the tun");
  // A crash runs no handler of the page. What was typed in the last moments may be lost, nothing before it.
  const browser = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  browser.send("Page.crash").catch(() => undefined);
  await crashed;
  const reopened = await context.newPage();
  await reopened.goto(url);
  await expect(new SessionView(reopened).composer).toHaveValue("half a sentence about the tun");
  await expect(attached(reopened)).toHaveCount(1);
});

test("a session starts from a dropped picture and a log, and what was attached is kept until it does", async ({
  page,
}) => {
  await page.goto("/");
  const box = page.getByLabel("What are you troubleshooting?");
  await bring(box, "drop", "screen.png");
  await page.getByRole("button", { name: "Paste logs" }).click();
  await page.getByRole("textbox", { name: "Log text" }).fill("spooler: access denied\n".repeat(120));
  await page.getByRole("button", { name: "Attach as a log file" }).click();
  await expect(attached(page)).toHaveCount(2);
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  await box.fill(printer);
  await page.reload();
  await expect(attached(page)).toHaveCount(2);
  await expect(box).toHaveValue(printer);
  await expectAccessible(page);
  await expectNoSideScroll(page);
  await box.press("Enter");
  await expect(page).toHaveURL(/\/pilot\/[0-9a-f-]{36}$/);
  await expect(log(page).getByRole("button", { name: "Open screen.png" })).toBeVisible();
  await expect(log(page).getByRole("link", { name: /log-.*\.txt/ })).toBeVisible();
  await page.goto("/");
  await expect(box).toHaveValue("");
  await expect(attached(page)).toHaveCount(0);
});
