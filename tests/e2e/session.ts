import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixtures";

/** The session page as an engineer works it. */
export class SessionView {
  readonly page: Page;
  readonly lane: Locator;
  readonly banner: Locator;
  readonly composer: Locator;
  readonly note: Locator;
  private readonly openItems: Locator;

  constructor(page: Page) {
    this.page = page;
    this.lane = page.getByRole("complementary", { name: "Task lane" });
    this.banner = page.getByRole("region", { name: "Suggested fix" });
    this.composer = page.getByRole("textbox", { name: "Message to the pilot" });
    this.note = page.getByRole("dialog", { name: "Resolution note" });
    this.openItems = this.lane
      .getByRole("article")
      .filter({ has: page.getByRole("button", { name: "Skip" }) });
  }

  static async fromText(page: Page, text: string): Promise<SessionView> {
    await page.goto("/");
    await page.getByLabel("What are you troubleshooting?").fill(text);
    await page.keyboard.press("Enter");
    return SessionView.opened(page);
  }

  /** Starts from the first ticket of the queue whose summary matches; turns pages until there is one. */
  static async fromQueue(page: Page, summary: RegExp): Promise<{ view: SessionView; ticketId: string }> {
    await page.goto("/");
    const queue = page.getByRole("region", { name: "Ticket queue" });
    const row = queue.getByRole("listitem").filter({ hasText: summary }).first();
    for (let turned = 0; turned < 20; turned += 1) {
      await expect(queue.getByRole("listitem").first()).toBeVisible();
      if ((await row.count()) > 0) break;
      const before = await queue.getByRole("listitem").first().innerText();
      await queue.getByRole("button", { name: "Next page" }).click();
      await expect(queue.getByRole("listitem").first()).not.toHaveText(before, {
        useInnerText: true,
      });
    }
    const ticketId = /#(\d+)/.exec(await row.innerText())?.[1] ?? "";
    await row.getByRole("button", { name: /^Start session/ }).click();
    return { view: await SessionView.opened(page), ticketId };
  }

  private static async opened(page: Page): Promise<SessionView> {
    await expect(page).toHaveURL(/\/pilot\/[0-9a-f-]{36}$/);
    const view = new SessionView(page);
    await view.settled();
    return view;
  }

  /** Waits until the pilot has answered: it stops working, and something it said is there. */
  async settled(): Promise<void> {
    await expect(this.page.getByRole("log").getByText("Pilot:").first()).toBeVisible();
    await expect(this.page.getByRole("button", { name: "Stop the reply" })).toHaveCount(0);
    await expect
      .poll(async () => (await this.openItems.count()) + (await this.banner.count()))
      .toBeGreaterThan(0);
  }

  /** Answers everything open, several at once where there are several. */
  async answerOpenItems(): Promise<void> {
    const items = await this.openItems.all();
    const firstName = await this.openItems.first().getAttribute("aria-label");
    for (const item of items) {
      const options = item.getByRole("group", { name: "Suggested answers" }).getByRole("button");
      if ((await options.count()) > 0) await options.first().click();
      else if (await item.getByRole("button", { name: "Paste output" }).isVisible()) {
        await item.getByRole("button", { name: "Paste output" }).click();
        await item.getByRole("textbox").fill("Completed without errors");
      } else await item.getByRole("textbox").fill("Yes");
    }
    if (items.length > 1) await this.lane.getByRole("button", { name: /^Send \d+ answers$/ }).click();
    else
      await this.openItems
        .first()
        .getByRole("button", { name: /^(Answer|Send output|Done)$/ })
        .click();
    await expect(
      this.openItems.and(this.page.getByRole("article", { name: firstName ?? "", exact: true })),
    ).toHaveCount(0);
    await this.settled();
  }

  async answerUntilFix(): Promise<void> {
    for (let turn = 0; turn < 15 && (await this.banner.count()) === 0; turn += 1)
      await this.answerOpenItems();
    await expect(this.banner).toBeVisible();
  }

  async openNote(): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: "Resolve", exact: true }).click();
    await expect(this.note.getByRole("heading", { name: "Problem" })).toBeVisible();
  }
}
