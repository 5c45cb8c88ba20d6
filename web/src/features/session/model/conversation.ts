import type { ErrorInfo, FixResource, MessageResource } from "@/api/generated";
import type { LiveReply } from "../stream/reply";
import type { OutboxEntry } from "../composer/outbox";

/** One row of the conversation. `key` stays the same while a row changes, so that nothing jumps. */
export type ConversationRow =
  | { kind: "engineer"; key: string; text: string; at: string; waiting: boolean; stopped: boolean }
  | { kind: "pilot"; key: string; text: string; at: string; stopped: boolean }
  | { kind: "system"; key: string; text: string; at: string }
  | { kind: "replacedFix"; key: string; sessionId: string; fix: FixResource }
  | { kind: "sending"; key: string; entry: OutboxEntry }
  | { kind: "live"; key: string; text: string }
  | { kind: "thinking"; key: string }
  | { kind: "failedTurn"; key: string; error: ErrorInfo | null; stopped: boolean };

export interface ConversationView {
  rows: ConversationRow[];
  /** A turn is queued or running, so there is something to stop. */
  working: boolean;
}

/** Puts stored messages, unsent ones and the reply being generated into one list. */
export function toConversation(
  messages: MessageResource[],
  outbox: OutboxEntry[],
  reply: LiveReply | null,
): ConversationView {
  const rows: ConversationRow[] = messages.map(toRow);
  const unsent = unstored(outbox, messages);
  const waiting = messages.some(
    (message) => message.turn_state === "queued" || message.turn_state === "running",
  );
  const working = waiting || reply !== null;

  if (working && reply?.text) rows.push({ kind: "live", key: "live", text: reply.text });
  else if (working) rows.push({ kind: "thinking", key: "live" });

  const failed = working ? null : lastUnanswered(messages);
  if (failed) {
    rows.push({
      kind: "failedTurn",
      key: `failed-${failed.id}`,
      error: failed.error ?? null,
      stopped: failed.turn_state === "stopped",
    });
  }
  for (const entry of unsent) rows.push({ kind: "sending", key: entry.key, entry });
  return { rows, working };
}

/**
 * The unsent messages that no stored one stands for. Either the answer to the request or the event may come first. The event
 * carries no request key, so a message still on its way is recognised by its words; each stored message stands for one only.
 */
export function unstored(outbox: OutboxEntry[], messages: MessageResource[]): OutboxEntry[] {
  const taken = new Set<string>();
  return outbox.filter((entry) => {
    if (entry.text === null) return false;
    const stored = messages.find(
      (message) => !taken.has(message.id) && (message.id === entry.messageId || looksLike(entry, message)),
    );
    if (stored) taken.add(stored.id);
    return !stored;
  });
}

function looksLike(entry: OutboxEntry, message: MessageResource): boolean {
  return (
    entry.state === "sending" &&
    entry.messageId === null &&
    message.role === "engineer" &&
    message.seq > entry.afterSeq &&
    message.text.trim() === entry.text?.trim()
  );
}

/** The newest message whose turn failed or was stopped, unless a pilot's message came after it. */
function lastUnanswered(messages: MessageResource[]): MessageResource | null {
  for (const message of messages.toReversed()) {
    if (message.role === "pilot") return null;
    if (message.turn_state === "failed" || message.turn_state === "stopped") return message;
    if (message.turn_state === "done") return null;
  }
  return null;
}

function toRow(message: MessageResource): ConversationRow {
  const row = { key: message.id, text: message.text, at: message.created_at };
  if (message.role === "system") return { kind: "system", ...row };
  if (message.role === "pilot") return { kind: "pilot", ...row, stopped: message.turn_state === "stopped" };
  return {
    kind: "engineer",
    ...row,
    waiting: message.turn_state === "queued",
    stopped: message.turn_state === "stopped",
  };
}
