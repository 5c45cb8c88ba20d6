import { setTimeout as pass } from "node:timers/promises";
import {
  type APIRequestContext,
  type BrowserContext,
  type CDPSession,
  expect,
  type Page,
  test,
} from "@playwright/test";
import { environment } from "../../e2e/environment";
import { logIn } from "../../e2e/fixtures";
import { block, direct, newCase } from "../../e2e/model";
import { SessionView } from "../../e2e/session";
import { median, recordFigure, recordTimes } from "./record";

const updates = 230;
const pieceCharacters = 61;
const secondsBetweenPieces = 0.04;
const replies = 5;
/** So often the page draws in the time of a reply: at first each 100 ms, soon each 300. */
const steps = 36;
const open = block("QUESTIONS", [{ text: "Does it happen on another machine?" }]);

/** Markdown as the pilot writes it: prose, lists, code and a table, over and over. */
function longReply(): string {
  const part = (number: number) => `## Step ${number}

The token of the **former tenant** is kept by the client and offered *again* at each start, so that \`Exchange Online\` refuses it.

- Look into the credential manager for entries of that name.
- Remove what belongs to the former tenant, and nothing else.
- Start the client again and sign in with the new account.

\`\`\`powershell
cmdkey /list | Select-String "MicrosoftOffice16" | ForEach-Object {
  $_.Line.Split("=")[1]
}
\`\`\`

| What | Where |
| --- | --- |
| Profile | Control panel, Mail |
| Token | Credential manager |

`;
  let text = "";
  for (let number = 1; text.length < updates * pieceCharacters; number += 1) text += part(number);
  return text.slice(0, updates * pieceCharacters);
}

/** What the thread worked, not how long it took: other processes of the machine do not count. */
async function threadOf(page: Page, context: BrowserContext): Promise<CDPSession> {
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  return cdp;
}

/** Adds the words to a bare page as paragraphs, in steps, and follows their end: what no client can do for less. */
async function addWords(page: Page, text: string): Promise<void> {
  const pieces = Array.from({ length: steps }, (_, step) =>
    text.slice((text.length * step) / steps, (text.length * (step + 1)) / steps),
  );
  await page.evaluate(
    async ({ pieces, pauseMs }) => {
      const box = document.createElement("div");
      box.style.cssText = "height: 700px; width: 640px; overflow: auto; font: 14px/1.5 sans-serif";
      document.body.replaceChildren(box);
      for (const piece of pieces) {
        for (const words of piece.split("\n\n")) {
          const paragraph = document.createElement("p");
          paragraph.textContent = words;
          box.append(paragraph);
        }
        box.scrollTop = box.scrollHeight;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    },
    { pieces, pauseMs: (updates * secondsBetweenPieces * 1000) / steps },
  );
}

async function mainThread(cdp: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1000]));
}

/** Milliseconds of the main thread while something goes on. */
async function cost(cdp: CDPSession, during: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await mainThread(cdp);
  await during();
  const after = await mainThread(cdp);
  return Object.fromEntries(
    ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].map((name) => [
      name,
      (after[name] ?? 0) - (before[name] ?? 0),
    ]),
  );
}

async function api(request: APIRequestContext, sessionId: string) {
  const login = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
    data: { email: environment.email, password: environment.password },
  });
  const headers = { Authorization: `Bearer ${(await login.json()).access_token}` };
  const session = `${environment.baseUrl}/api/v1/ai-sessions/${sessionId}`;
  return {
    /** From outside the page: what is typed there is measured elsewhere. */
    say: async (text: string) => {
      expect((await request.post(`${session}/messages`, { headers, data: { text } })).status()).toBe(202);
    },
    answered: async () => {
      for (;;) {
        const { messages } = await (await request.get(session, { headers })).json();
        if (messages.at(-1).role === "pilot") return String(messages.at(-1).text);
        await pass(200);
      }
    },
  };
}

test("main thread of a reply that comes in pieces", async ({ page, context, request }) => {
  await logIn(page);
  const word = newCase();
  await direct(word, `Let us see.${open}`);
  await SessionView.fromText(page, `Outlook does not authenticate (${word})`);
  const session = await api(request, page.url().split("/").at(-1) ?? "");
  const cdp = await threadOf(page, context);
  const text = longReply();
  const costs: number[] = [];
  const parts: string[] = [];
  for (let number = 0; number < replies; number += 1) {
    await direct(word, {
      text: text + open,
      piece_characters: pieceCharacters,
      seconds_between_pieces: secondsBetweenPieces,
    });
    const began = Date.now();
    const streamed = await cost(cdp, async () => {
      await session.say("Tell me everything about it.");
      expect((await session.answered()).length).toBeGreaterThan(text.length * 0.95);
      // The page reads the stored session once more when a reply is complete.
      await pass(500);
    });
    const seconds = Date.now() - began;
    const idle = await cost(cdp, () => pass(seconds));
    const of = (name: string) => (streamed[name] ?? 0) - (idle[name] ?? 0);
    costs.push(of("TaskDuration"));
    parts.push(
      `script ${of("ScriptDuration").toFixed(0)}, layout ${of("LayoutDuration").toFixed(0)}, style ${of("RecalcStyleDuration").toFixed(0)}`,
    );
  }
  const middle = median(costs);
  // Measured beside it, in a page of its own, so that a slow or busy machine shows in both.
  const bare = await context.newPage();
  const bareThread = await threadOf(bare, context);
  const floors: number[] = [];
  for (let number = 0; number < replies; number += 1)
    floors.push((await cost(bareThread, () => addWords(bare, text))).TaskDuration ?? Number.NaN);
  await recordTimes("web: main thread of a 14 kB reply in 230 updates", costs);
  await recordFigure(
    `web: 14 kB in 230 updates (${parts[costs.indexOf(middle)]})`,
    middle,
    300,
    "ms of main thread",
  );
  await recordTimes(`web: the same words in ${steps} steps, without styles, in a bare page`, floors);
  await recordFigure(
    "web: a 14 kB reply against its words in a bare page",
    middle / median(floors),
    4,
    "times",
  );
});
