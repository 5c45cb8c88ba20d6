import type { FixResource, MessageResource } from "@/api/generated";
import type { ConversationRow } from "./conversation";

/** Fixes that were run, then replaced before anybody said whether they helped; oldest first. */
export function replacedWithoutOutcome(history: FixResource[], closed: ReadonlySet<string>): FixResource[] {
  return history
    .filter((fix) => fix.status === "proposed" && fix.applied_at && fix.superseded_at && !closed.has(fix.id))
    .toReversed();
}

/** True when the active fix took the place of another. */
export function isReplacement(history: FixResource[], fixId: string): boolean {
  return history.some((fix) => fix.id !== fixId && Boolean(fix.superseded_at));
}

/** Puts the question after each replaced fix where the conversation was when it was replaced. */
export function withReplacedFixes(
  sessionId: string,
  rows: ConversationRow[],
  messages: MessageResource[],
  fixes: FixResource[],
): ConversationRow[] {
  if (fixes.length === 0) return rows;
  const asked = [...rows];
  for (const fix of fixes) {
    const replacedAt = Date.parse(fix.superseded_at ?? "");
    const before = messages.findLast((message) => Date.parse(message.created_at) <= replacedAt);
    let at = before ? asked.findIndex((row) => "messageId" in row && row.messageId === before.id) + 1 : 0;
    // Two of the same moment stand in the order in which they were proposed.
    while (asked[at]?.kind === "replacedFix") at += 1;
    asked.splice(at, 0, { kind: "replacedFix", key: `replaced-${fix.id}`, sessionId, fix });
  }
  return asked;
}
