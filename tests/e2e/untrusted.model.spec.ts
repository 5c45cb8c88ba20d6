import type { BrowserContext, Page } from "@playwright/test";
import { Api } from "./api";
import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";
import { block, direct, newCase } from "./model";
import { commands, payloads } from "./payloads";
import { SessionView } from "./session";

// One session with everything in it, on a machine that may be slow.
test.describe.configure({ timeout: 180_000 });

interface Watched {
  ranHere?: unknown;
  violationsHere: string[];
}

/** Notes what a payload would bring about before any page can be touched by one. */
async function watch(context: BrowserContext, page: Page): Promise<string[]> {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await context.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.violationsHere = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      watched.violationsHere.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return dialogs;
}

/** What on the page could run, load or mislead. */
function dangers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const watched = window as unknown as Watched;
    if (watched.ranHere !== undefined) found.push(`payload ${String(watched.ranHere)} ran`);
    found.push(...watched.violationsHere.map((one) => `refused by the policy: ${one}`));
    const forbidden =
      "iframe, object, embed, base, portal, svg image, svg use, svg script, math, foreignObject, video, audio, dialog, style:not([data-emotion]), meta[http-equiv=refresh], form[action]";
    for (const element of document.body.querySelectorAll(forbidden))
      found.push(`element ${element.outerHTML.slice(0, 120)}`);
    for (const script of document.querySelectorAll("script"))
      if (new URL(script.src || "about:blank", location.href).origin !== location.origin)
        found.push(`script ${script.outerHTML}`);
    for (const element of document.body.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on")) found.push(`handler ${name} of ${element.outerHTML.slice(0, 120)}`);
        if (name === "srcdoc" || (name === "style" && /url\(/i.test(value))) found.push(`${name}="${value}"`);
        if (
          !["href", "src", "xlink:href", "action", "formaction", "background", "poster", "data"].includes(
            name,
          )
        )
          continue;
        const target = new URL(value, location.href);
        if (element.tagName !== "A" && !["blob:", location.protocol].includes(target.protocol))
          found.push(`${name}="${value}"`);
        if (
          element.tagName !== "A" &&
          target.protocol.startsWith("http") &&
          target.origin !== location.origin
        )
          found.push(`${name}="${value}"`);
      }
    }
    for (const link of document.body.querySelectorAll("a")) {
      const target = new URL(link.href, location.href);
      if (target.origin === location.origin && !link.closest(".prose-rf")) continue;
      if (!["http:", "https:", "mailto:"].includes(target.protocol) || target.origin === location.origin)
        found.push(`link ${link.outerHTML}`);
      if (link.target !== "_blank" || !link.relList.contains("noopener"))
        found.push(`opener ${link.outerHTML}`);
      const where = target.protocol === "mailto:" ? target.pathname : target.host;
      const said = `${link.textContent}${link.nextElementSibling?.textContent ?? ""}`;
      if (!said.includes(where)) found.push(`hides ${where}: ${link.outerHTML}`);
    }
    return found;
  });
}

/** How many of the payloads can be read on the page: what is not shown would prove nothing. */
async function shownIn(page: Page, name: string | null): Promise<number> {
  const text = (await (name ? page.locator(name) : page.locator("body")).allInnerTexts()).join("\n");
  return payloads.filter((_, index) => text.includes(String(1000 + index))).length;
}

// Each after its number, which is seen whatever becomes of the payload.
const long = payloads.map((payload, index) => `No ${1000 + index}\n\n${payload}`).join("\n\n");
const disguised = commands.map(({ command }) => command).join("\n");

function reply(): string {
  return [
    long,
    `\n\n\`\`\`powershell\n${disguised}\n\`\`\`\n\nand \`${commands[0]?.command}\` in a sentence`,
    block(
      "QUESTIONS",
      payloads.slice(0, 3).map((text, index) => ({
        text,
        context: long.slice(0, 900),
        options: payloads.slice(5 * index, 5 * index + 4),
      })),
    ),
    block(
      "ACTIONS",
      commands.map(({ label, command }, index) => ({ label, command, description: payloads[20 + index] })),
    ),
    ...payloads.map((text) =>
      block("PROMOTE", { source_type: "ai_synthesis", text, summary: text.slice(0, 60) }),
    ),
    block("SUGGEST_FIX", {
      title: payloads[1],
      description: long.slice(0, 3_500),
      confidence: 90,
      ai_drafted_script: disguised,
    }),
  ].join("");
}

test("nothing that others wrote runs, loads, or hides where it leads, on any surface of a session", async ({
  page,
  context,
  request,
}) => {
  expect(payloads.length).toBeGreaterThanOrEqual(100);
  const dialogs = await watch(context, page);
  await logIn(page);
  const word = newCase();
  await direct(word, reply(), "Noted." + block("QUESTIONS", []));
  const view = await SessionView.fromText(page, `${payloads[2]} ${word} ${payloads[60]}`);

  const log = page.getByRole("log");
  await expect(log.getByText(String(1000 + payloads.length - 1)).first()).toBeVisible();
  expect(await shownIn(page, "[role=log]")).toBe(payloads.length);
  await expect(view.banner).toContainText("evil.example");
  expect(await dangers(page)).toEqual([]);

  for (const { label, named } of commands) {
    const card = view.lane.getByRole("article", { name: label, exact: true });
    await expect(card.getByLabel(`Command of: ${label}`)).toContainText(
      named === "U+0441" ? "\u0441url" : named,
    );
    await expect(card.getByRole("note")).toContainText(named);
    await expect(log.getByRole("note").first()).toContainText(named);
  }
  await expect(log.locator("code", { hasText: "U+200B" }).last()).toBeVisible();

  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  for (const { label, copied } of commands) {
    await view.lane
      .getByRole("article", { name: label, exact: true })
      .getByRole("button", { name: "Copy command" })
      .click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(copied);
  }

  // What an engineer pastes is the words of others too.
  const pasted = page.waitForResponse((response) => response.url().endsWith("/messages"));
  await view.composer.fill(long.slice(0, 15_000));
  await view.composer.press("Enter");
  expect((await pasted).status()).toBe(202);
  await expect(log.getByText("Noted.")).toBeVisible();
  expect(await dangers(page)).toEqual([]);

  await page.getByRole("main").getByRole("button", { name: "Resolve", exact: true }).click();
  await expect(view.note.getByRole("heading", { name: "Problem" })).toBeVisible();
  expect(await view.note.innerText()).toContain("1001");
  expect(await dangers(page)).toEqual([]);

  const api = await Api.as(request, environment.email);
  const id = page.url().split("/").at(-1);
  const preview = await api.post<{ markdown: string }>(`/ai-sessions/${id}/resolution-note/preview`);
  expect(preview.markdown.replace(/[\n\t]/g, " ")).not.toMatch(
    /[\p{Cc}\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff]/u,
  );
  const link = await api.post<{ token: string }>(`/ai-sessions/${id}/share-links`);
  await page.goto(`/shared/sessions/${link.token}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1002");
  await expect(page.getByRole("region", { name: "Conversation" })).toContainText("Pilot");
  expect(await shownIn(page, null)).toBe(payloads.length);
  expect(await dangers(page)).toEqual([]);

  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: /^Good / })).toBeVisible();
  expect(await dangers(page)).toEqual([]);
  expect(dialogs).toEqual([]);
});
