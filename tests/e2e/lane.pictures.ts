import { expect, logIn, setTheme, test } from "./fixtures";
import { block, direct, newCase } from "./model";
import { asked, directed, pictureOfLane, themes, withinMs } from "./pictures";
import { send } from "./conversation";
import { SessionView } from "./session";

const confirmed = [
  "The user cannot authenticate to Outlook; Exchange Online answers 401 again and again.",
  "Teams and SharePoint work on the same workstation.",
].map((text) => block("PROMOTE", { source_type: "ai_synthesis", text, summary: "isolated to Outlook" }));

for (const theme of themes) {
  test(`pictures of the lane, ${theme}`, async ({ page }) => {
    test.setTimeout(withinMs);
    await setTheme(page, theme);
    await logIn(page);

    const word = newCase();
    await direct(word, { hang_after: 0 });
    await page.goto("/");
    await page.getByLabel("What are you troubleshooting?").fill(`Nothing is known yet, ${word}`);
    await page.keyboard.press("Enter");
    const stop = page.getByRole("button", { name: "Stop the reply" });
    await expect(stop).toBeVisible();
    await pictureOfLane(page, `${theme}-lane-thinking`);
    await stop.click();
    await expect(stop).toHaveCount(0);
    await pictureOfLane(page, `${theme}-lane-empty`);

    const { view, tell } = await directed(page, asked);
    const { lane } = view;
    await pictureOfLane(page, `${theme}-lane-questions-and-checks`);
    await lane.getByRole("button", { name: "No", exact: true }).click();
    const check = lane.getByRole("article", { name: "List the stored credentials" });
    await check.getByRole("button", { name: "Paste output" }).click();
    await check.getByRole("textbox").fill("Target: MicrosoftOffice16_Data:SSPI:former.example");
    await pictureOfLane(page, `${theme}-lane-filled-in`);

    await tell(
      "The web client works, and the list shows the former tenant.",
      `That narrows it down.${confirmed.join("")}${block("QUESTIONS", [{ text: "Is the user signed in to Windows with the new account?" }])}`,
    );
    await expect(lane.getByText(/Set aside/i)).toBeVisible();
    await pictureOfLane(page, `${theme}-lane-facts`);
    await lane.getByText(/Set aside/i).click();
    await pictureOfLane(page, `${theme}-lane-set-aside`);
    await lane.getByRole("article").getByRole("textbox").last().fill("Yes, since Monday");
    await lane.getByRole("button", { name: "Answer", exact: true }).click();
    await view.settled();
    await pictureOfLane(page, `${theme}-lane-answered`);
    await lane.getByRole("button", { name: "Add a note" }).click();
    await lane
      .getByRole("textbox", { name: "Note", exact: true })
      .fill("The user is in a meeting until 15:30.");
    await lane.getByRole("button", { name: "Save note" }).click();
    await expect(lane.getByRole("listitem").filter({ hasText: "15:30" })).toBeVisible();
    await pictureOfLane(page, `${theme}-lane-note`);

    await tell(
      "What would you try?",
      `This is worth a try.${block("SUGGEST_FIX", { title: "Clear cached credentials", description: "Remove the entries of the former tenant.", confidence: 64 })}${block("QUESTIONS", [])}`,
    );
    await view.banner.getByRole("button", { name: "Dismiss" }).click();
    await expect(view.banner).toHaveCount(0);
    await pictureOfLane(page, `${theme}-lane-dismissed`);
  });
}

test("pictures of a lane while facts are drafted", async ({ page }) => {
  test.setTimeout(withinMs);
  await logIn(page);
  const word = newCase();
  await direct(word, asked, { hang_after: 0 });
  const view = await SessionView.fromText(page, `Answers are on their way, ${word}`);
  await view.lane.getByRole("button", { name: "No", exact: true }).click();
  await view.lane.getByRole("button", { name: "Answer", exact: true }).first().click();
  await expect(page.getByRole("button", { name: "Stop the reply" })).toBeVisible();
  await pictureOfLane(page, "dark-lane-drafting");
  await send(view, "And one more thing while you think.");
  await pictureOfLane(page, "dark-lane-queued");
});
