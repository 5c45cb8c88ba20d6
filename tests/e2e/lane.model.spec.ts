import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures";
import { block, direct, newCase, type Behaviour } from "./model";
import { expectAccessible } from "./screen";
import { SessionView } from "./session";

test.beforeEach(async ({ page }) => logIn(page));

/** A session whose pilot answers as told, from the first reply on. */
async function started(page: Page, ...replies: (string | Behaviour)[]): Promise<SessionView> {
  const name = newCase();
  await direct(name, ...replies);
  return SessionView.fromText(page, `The printer prints nothing (${name})`);
}

const since = block("QUESTIONS", [{ text: "Since when?", options: ["Since Monday", "Since today"] }]);
const plain = "Thank you, noted.";

function card(view: SessionView, name: string) {
  return view.lane.getByRole("article", { name, exact: true });
}

function facts(view: SessionView) {
  return view.lane.getByRole("region", { name: /^What we know/ });
}

test("the pilot's fact is corrected in place: Escape keeps what was typed, Enter saves, and the fact is marked as disputed", async ({
  page,
}) => {
  const view = await started(
    page,
    `Noted.${block("PROMOTE", [
      { source_type: "ai_synthesis", text: "The spooler is stopped.", summary: "rules out the cable" },
    ])}${since}`,
  );
  const fact = facts(view).getByRole("listitem").filter({ hasText: "The spooler is stopped." });
  await expect(fact).toContainText("the pilot's synthesis");
  await expect(fact).toContainText("rules out the cable");
  await fact.getByRole("button", { name: /^Edit/ }).click();
  const text = view.lane.getByRole("textbox", { name: "Fact", exact: true });
  await expect(text).toBeFocused();
  await text.fill("The spooler hangs.");
  await text.press("Escape");
  await expect(facts(view)).toContainText("A change of this fact is not saved yet.");
  await page.reload();

  await facts(view)
    .getByRole("button", { name: /^Go on editing/ })
    .click();
  await expect(text).toHaveValue("The spooler hangs.");
  await view.lane.getByRole("textbox", { name: "What it rules in or out" }).fill("");
  await text.press("Enter");
  const corrected = facts(view).getByRole("listitem").filter({ hasText: "The spooler hangs." });
  await expect(corrected).toContainText("disputed");
  await expect(corrected).not.toContainText("rules out the cable");
  await expect(corrected).not.toContainText("not saved");
});

test("a deleted fact comes back by Undo, at once and after a reload; when an equal one stands, the reason is said", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/409/);
  const view = await started(
    page,
    `Noted.${block("PROMOTE", [
      { source_type: "ai_synthesis", text: "The lamp is green." },
      { source_type: "ai_synthesis", text: "The tray is full." },
    ])}${since}`,
  );
  const lamp = facts(view).getByRole("button", { name: "Delete: The lamp is green." });
  const undo = view.lane.getByRole("button", { name: "Undo the deletion of: The lamp is green." });
  await lamp.focus();
  await page.keyboard.press("Enter");
  await expect(undo).toBeFocused();
  await expect(facts(view).getByRole("heading")).toContainText("· 1");
  await page.keyboard.press("Enter");
  await expect(facts(view).locator("[data-fact]").filter({ hasText: "The lamp is green." })).toBeFocused();
  await expect(undo).toHaveCount(0);

  await lamp.click();
  await expect(undo).toBeVisible();
  await page.reload();
  await view.lane.getByRole("button", { name: /^Deleted/ }).click();
  await view.lane.getByRole("button", { name: "Add a note" }).click();
  await view.lane.getByRole("textbox", { name: "Note", exact: true }).fill("The lamp is green.");
  await view.lane.getByRole("button", { name: "Save note" }).click();
  await expect(view.lane.getByRole("button", { name: "Add a note" })).toBeFocused();
  await undo.click();
  await expect(view.lane.getByRole("alert")).toContainText("fact_duplicate");

  await facts(view)
    .locator("[data-fact]")
    .filter({ hasText: "your note" })
    .getByRole("button", { name: /^Delete/ })
    .click();
  await expect(undo).toHaveCount(2);
  await undo.last().click();
  const restored = facts(view).locator("[data-fact]").filter({ hasText: "The lamp is green." });
  await expect(restored).toContainText("the pilot's synthesis");
});

test("an answer becomes a fact by a click, each shows the other, and an answer that states nothing takes own words", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/422/);
  const view = await started(
    page,
    `Tell me more.${block("QUESTIONS", [{ text: "Since when?" }, { text: "Who is affected?" }])}`,
    plain,
  );
  await card(view, "Since when?").getByRole("textbox").fill("Since the move on Monday");
  await card(view, "Who is affected?").getByRole("textbox").fill("I don't know");
  await view.lane.getByRole("button", { name: "Send 2 answers" }).click();
  await card(view, "Since when?").getByRole("button", { name: "Make this a fact" }).click();
  await expect(card(view, "Since when?")).toContainText("Now known:");
  await expect(view.lane.getByLabel("Facts are being drafted")).toHaveCount(0);

  const fact = facts(view).getByRole("listitem");
  // The mark stays for a moment only, so it is watched for before the click.
  const marked = card(view, "Since when?").and(page.locator("[data-marked]")).waitFor();
  await fact.getByRole("button", { name: /^from the question “Since when\?”/ }).click();
  await expect(card(view, "Since when?")).toBeFocused();
  await marked;
  await card(view, "Since when?")
    .getByRole("button", { name: /^Now known/ })
    .click();
  await expect(fact).toBeFocused();

  const unsure = card(view, "Who is affected?");
  await unsure.getByRole("button", { name: "Make this a fact" }).click();
  await expect(unsure.getByRole("alert")).toContainText("nothing_substantive");
  await unsure.getByRole("textbox").fill("Nobody counted the users.");
  await unsure.getByRole("button", { name: "Save as a fact" }).click();
  await expect(unsure).toContainText("Now known: Nobody counted the users.");
});

const checks = ["Spooler state", "Queue folder", "Event log"];

test("the remaining checks are worked in one go: all commands in one copy, one field each, one button", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const view = await started(
    page,
    `Please run these.${block(
      "ACTIONS",
      checks.map((label) => ({ label, command: `Get-Thing -Name "${label}"` })),
    )}`,
    plain,
  );
  await view.lane.getByRole("button", { name: "Run remaining 3 checks" }).click();
  const together = view.lane.getByRole("group", { name: "3 checks in one go" });
  await together.getByRole("button", { name: "Copy all commands" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    checks.map((label, index) => `# ${index + 1}. ${label}\nGet-Thing -Name "${label}"`).join("\n\n"),
  );
  await expectAccessible(page);
  await together.getByRole("textbox", { name: "Output of: Spooler state" }).fill("Running");
  await together.getByRole("button", { name: "One by one" }).click();
  await expect(card(view, "Spooler state").getByRole("textbox")).toHaveValue("Running");
  await view.lane.getByRole("button", { name: "Run remaining 3 checks" }).click();
  await together.getByRole("textbox", { name: "Output of: Queue folder" }).fill("empty");
  await together.getByRole("button", { name: "Done, nothing to paste: Event log" }).click();
  await together.getByRole("button", { name: "Send 3 results" }).click();
  await expect(view.lane.getByRole("region", { name: /^Diagnostic checks · 3 \/ 3 run/ })).toBeVisible();
  await expect(card(view, "Event log")).toContainText("Done");
});

test("what the pilot did not ask again is set aside and comes back by Reopen; an answer can be changed", async ({
  page,
}) => {
  const view = await started(
    page,
    `Hm.${since}`,
    `I see.${block("QUESTIONS", [{ text: "Which floor?" }])}`,
    plain,
  );
  await card(view, "Since when?").getByRole("textbox").fill("Since about");
  await view.composer.fill("It is the one at reception");
  await view.composer.press("Enter");
  await expect(card(view, "Which floor?")).toBeVisible();
  const aside = view.lane.getByRole("button", { name: /^Set aside/ });
  await expect(aside).toHaveAttribute("aria-expanded", "false");
  await aside.click();
  await view.lane.getByRole("button", { name: "Reopen: Since when?" }).click();
  await expect(card(view, "Since when?")).toBeFocused();
  await expect(aside).toHaveCount(0);
  await expect(card(view, "Since when?").getByRole("textbox")).toHaveValue("Since about");

  await card(view, "Since when?").getByRole("button", { name: "Since Monday" }).click();
  await card(view, "Since when?").getByRole("button", { name: "Answer", exact: true }).click();
  await card(view, "Since when?").getByRole("button", { name: "Change the answer" }).click();
  await expect(card(view, "Since when?").getByRole("textbox")).toHaveValue("Since Monday");
});

test("a dismissed proposal waits in the lane and is restored; while another fix is active, the refusal is said", async ({
  page,
  expectConsoleErrors,
}) => {
  expectConsoleErrors(/409/);
  const proposal = (title: string) =>
    block("SUGGEST_FIX", { title, description: "As said.", confidence: 80 });
  const view = await started(
    page,
    `Try this.${since}${proposal("Restart the spooler")}`,
    `Or this.${since}${proposal("Replace the cable")}`,
  );
  const restore = view.lane.getByRole("button", { name: "Restore: Restart the spooler" });
  await view.banner.getByRole("button", { name: "Dismiss" }).click();
  await restore.click();
  await expect(view.banner).toContainText("Restart the spooler");
  await expect(restore).toHaveCount(0);

  await view.banner.getByRole("button", { name: "Dismiss" }).click();
  await expect(restore).toBeVisible();
  await view.composer.fill("That did not appeal to me");
  await view.composer.press("Enter");
  await expect(view.banner).toContainText("Replace the cable");
  await restore.click();
  await expect(view.lane.getByRole("alert")).toContainText(/[a-z]+_[a-z_]+/);
});

test("while the pilot works on answers the lane says so and drafts its facts; afterwards it says that nothing is open", async ({
  page,
}) => {
  const view = await started(page, `Hm.${since}`, { hang_after: 0 });
  await card(view, "Since when?").getByRole("button", { name: "Since Monday" }).click();
  await card(view, "Since when?").getByRole("button", { name: "Answer", exact: true }).click();
  await expect(view.lane.getByText("The pilot is thinking")).toBeVisible();
  await expect(view.lane.getByLabel("Facts are being drafted")).toBeVisible();
  await expect(view.lane.getByText(/^Nothing is open/)).toHaveCount(0);
  await page.getByRole("button", { name: "Stop the reply" }).click();
  await expect(view.lane.getByLabel("Facts are being drafted")).toHaveCount(0);
  await expect(view.lane.getByText(/^Nothing is open/)).toBeVisible();
});

test("a check that offers an action carries its button, and none where there is nothing behind it yet", async ({
  page,
}) => {
  const view = await started(
    page,
    `Shall I?${block("ACTIONS", [
      { label: "Open a second ticket", action: "create_spin_off_ticket" },
      { label: "Write a script", action: "open_script_builder" },
    ])}`,
  );
  await expect(
    card(view, "Open a second ticket").getByRole("button", { name: "Spin off a ticket" }),
  ).toBeVisible();
  await expect(card(view, "Write a script").getByRole("button")).toHaveText(["Done", "Skip"]);
});

test("the lane is as wide as the engineer drags it, on the next visit too; at its narrowest every card is whole", async ({
  page,
}) => {
  const long = "averyveryverylongwordwithoutanyspace".repeat(4);
  const view = await started(
    page,
    `Hm.${block("PROMOTE", [{ source_type: "ai_synthesis", text: `It says ${long}` }])}${block("QUESTIONS", [
      { text: `What is ${long}?`, options: [long, "Something of ordinary length to choose"] },
    ])}${block("ACTIONS", [
      {
        label: "Read the log",
        command: `Get-Content -Path C:\\${long}\\spool.log -Tail 100 | Select-String error`,
      },
      { label: "Ping it", command: "ping 10.0.0.1" },
    ])}`,
  );
  const edge = page.getByRole("separator", { name: "Width of the task lane" });
  const box = (await edge.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width / 2, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 300, { steps: 4 });
  await page.mouse.up();
  await expect(edge).toHaveAttribute("aria-valuenow", "300");
  expect((await view.lane.boundingBox())?.width).toBe(300);
  const wholeCards = () =>
    view.lane.evaluate((lane) =>
      [...lane.querySelectorAll<HTMLElement>("article, li, form, [data-fact]")].every(
        (one) =>
          one.scrollWidth <= one.clientWidth &&
          one.getBoundingClientRect().right <= lane.getBoundingClientRect().right,
      ),
    );
  expect(await wholeCards()).toBe(true);
  await view.lane.getByRole("button", { name: "Run remaining 2 checks" }).click();
  expect(await wholeCards()).toBe(true);
  await expectAccessible(page);

  await edge.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(edge).toHaveAttribute("aria-valuenow", "320");
  await page.reload();
  await expect(edge).toHaveAttribute("aria-valuenow", "320");
});

test("as a drawer the lane closes by Escape and gives the focus back; a fact's message is shown without it", async ({
  page,
}) => {
  const view = await started(
    page,
    `Hm.${block("PROMOTE", [{ source_type: "ai_synthesis", text: "The spooler is stopped." }])}${since}`,
  );
  await page.setViewportSize({ width: 390, height: 844 });
  const tasks = page.getByRole("button", { name: /^Tasks/ });
  await tasks.click();
  await card(view, "Since when?").getByRole("textbox").fill("half an answer");
  await page.keyboard.press("Escape");
  await expect(view.lane).toHaveCount(0);
  await expect(tasks).toBeFocused();
  await tasks.click();
  await expect(card(view, "Since when?").getByRole("textbox")).toHaveValue("half an answer");
  await facts(view)
    .getByRole("button", { name: /^the pilot's synthesis/ })
    .click();
  await expect(view.lane).toHaveCount(0);
});

test("the lane is worked by keyboard alone: after an answer the focus is in the next open item, at last in the message field", async ({
  page,
}) => {
  const view = await started(
    page,
    `Tell me more.${block("QUESTIONS", [{ text: "Since when?" }, { text: "Who is affected?" }])}`,
    plain,
    plain,
  );
  await card(view, "Since when?").getByRole("textbox").fill("Since Monday");
  await page.keyboard.press("Enter");
  await expect(card(view, "Who is affected?").getByRole("textbox")).toBeFocused();
  await page.keyboard.type("Everybody");
  await page.keyboard.press("Enter");
  await expect(view.composer).toBeFocused();
  await expect(card(view, "Who is affected?")).toContainText("Everybody");
});
