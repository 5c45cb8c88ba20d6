import type { ErrorInfo, FixResource, MessageResource, UploadResource } from "@/api/generated";
import { dayOf } from "@/shared/lib/days";
import type { OutboxEntry } from "../composer/outbox";

/** One row of the conversation. `key` stays the same while a row changes, so that nothing jumps. */
export type ConversationRow =
  | {
      kind: "engineer";
      key: string;
      messageId: string;
      authorId: string | null;
      text: string;
      uploads: UploadResource[];
      at: string;
      waiting: boolean;
    }
  | {
      kind: "pilot";
      key: string;
      messageId: string;
      text: string;
      at: string;
      stopped: boolean;
      stopReason: string | null;
    }
  | { kind: "system"; key: string; messageId: string; text: string; at: string }
  | { kind: "day"; key: string; at: string }
  | { kind: "replacedFix"; key: string; sessionId: string; fix: FixResource }
  | { kind: "sending"; key: string; entry: OutboxEntry }
  /** The reply being written; its words are read where they are drawn, because they change all the time. */
  | { kind: "live"; key: string }
  | { kind: "thinking"; key: string }
  | { kind: "failedTurn"; key: string; error: ErrorInfo | null; stopped: boolean };

/** The reply of a turn that runs: `begun` once there are words of it. */
export interface RunningReply {
  turnId: string;
  begun: boolean;
}

export interface ConversationView {
  rows: ConversationRow[];
  /** A turn is queued or running, so there is something to stop. */
  working: boolean;
}

/** Puts stored messages, unsent ones and the reply being generated into one list. */
export function toConversation(
  messages: MessageResource[],
  outbox: OutboxEntry[],
  reply: RunningReply | null,
  whole = false,
): ConversationView {
  return {
    rows: [...toStoredRows(messages, whole), ...toLatestRows(messages, outbox, reply)],
    working: isWorking(messages, reply),
  };
}

export function isWorking(messages: MessageResource[], reply: { turnId: string } | null): boolean {
  return reply !== null || messages.some(isWaiting);
}

/**
 * The rows of stored messages, with a line where a day begins. `whole`: nothing older is left to load. Above the oldest message of
 * a part no day is written: older ones of the same day may come before it, and a line that moves would move the view.
 */
export function toStoredRows(messages: MessageResource[], whole: boolean): ConversationRow[] {
  const rows: ConversationRow[] = [];
  const today = dayOf(new Date().toISOString());
  let day = whole ? today : null;
  for (const message of messages) {
    const its = dayOf(message.created_at);
    if (day !== null && day !== its)
      rows.push({ kind: "day", key: `day-${message.id}`, at: message.created_at });
    day = its;
    rows.push(storedRow(message));
  }
  return rows;
}

/** What stands below the stored messages: the pilot at work or what became of its turn, and what is not sent yet. */
export function toLatestRows(
  messages: MessageResource[],
  outbox: OutboxEntry[],
  reply: RunningReply | null,
): ConversationRow[] {
  const rows: ConversationRow[] = [];
  const working = isWorking(messages, reply);
  if (working && !isStored(messages, reply)) {
    const turnId = reply?.turnId ?? messages.findLast((one) => one.turn_state === "running")?.turn_id;
    const key = turnId ? turnKey(turnId) : "live";
    rows.push({ kind: reply?.begun ? "live" : "thinking", key });
  }
  const failed = working ? null : lastUnanswered(messages);
  if (failed) {
    rows.push({
      kind: "failedTurn",
      key: `failed-${failed.id}`,
      error: failed.error ?? null,
      stopped: failed.turn_state === "stopped",
    });
  }
  for (const entry of unstored(outbox, messages)) rows.push({ kind: "sending", key: entry.key, entry });
  return rows;
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
    isUnanswered(entry) &&
    entry.messageId === null &&
    message.role === "engineer" &&
    message.seq > entry.afterSeq &&
    message.text.trim() === entry.text?.trim() &&
    sameUploads(message.uploads ?? [], entry.uploads)
  );
}

/** On its way, or interrupted by the end of the page: nobody knows whether it arrived. What was refused did not. */
export function isUnanswered(entry: OutboxEntry): boolean {
  return entry.state === "sending" || entry.problem === null;
}

function sameUploads(stored: UploadResource[], sent: UploadResource[]): boolean {
  return stored.length === sent.length && sent.every((one) => stored.some(({ id }) => id === one.id));
}

function isStored(messages: MessageResource[], reply: RunningReply | null): boolean {
  return reply !== null && messages.some((one) => one.role === "pilot" && one.turn_id === reply.turnId);
}

function isWaiting(message: MessageResource): boolean {
  return message.turn_state === "queued" || message.turn_state === "running";
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

/** The reply being written and the stored one are the same row, so that its height is known when the one becomes the other. */
function turnKey(turnId: string): string {
  return `turn-${turnId}`;
}

const known = new WeakMap<MessageResource, ConversationRow>();

/** The same row for the same message, so that a row is drawn again only when its message changed. */
function storedRow(message: MessageResource): ConversationRow {
  let row = known.get(message);
  if (!row) {
    row = toRow(message);
    known.set(message, row);
  }
  return row;
}

function toRow(message: MessageResource): ConversationRow {
  const row = { key: message.id, messageId: message.id, text: message.text, at: message.created_at };
  if (message.role === "system") return { kind: "system", ...row };
  if (message.role === "pilot") {
    return {
      kind: "pilot",
      ...row,
      key: message.turn_id ? turnKey(message.turn_id) : message.id,
      stopped: message.turn_state === "stopped",
      stopReason: message.stop_reason ?? null,
    };
  }
  return {
    kind: "engineer",
    ...row,
    authorId: message.author_id ?? null,
    uploads: message.uploads ?? [],
    waiting: message.turn_state === "queued",
  };
}
