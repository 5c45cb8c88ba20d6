import { create } from "zustand";
import type { ItemAnswerBody, UploadResource } from "@/api/generated";
import { asProblem, isRetryable, type Problem } from "@/api/problem";
import { safeStorage } from "@/shared/lib/safeStorage";

/** Something an engineer sent that the server has not confirmed. `key` is its Idempotency-Key: a repeat is harmless. */
export interface OutboxEntry {
  key: string;
  sessionId: string;
  /** Text of a message; null when lane items are answered. */
  text: string | null;
  /** Files that go with the message; they are on the server already. */
  uploads: UploadResource[];
  answers: ItemAnswerBody[] | null;
  state: "sending" | "failed";
  problem: Problem | null;
  createdAt: string;
  /** Newest message known when it was sent: its own event has a greater sequence. */
  afterSeq: number;
  messageId: string | null;
}

type Post = (entry: OutboxEntry) => Promise<{ message_id: string }>;

interface OutboxStore {
  entries: OutboxEntry[];
}

export const useOutbox = create<OutboxStore>(() => ({ entries: [] }));

const storageKey = (userId: string) => `resolutionflow.outbox.${userId}`;
const waits = [500, 1500, 4000];
const lines = new Map<string, Promise<void>>();

/** Loads what an earlier page could not send. It is shown as failed: only a click sends it again. */
export function restoreOutbox(userId: string): void {
  const stored = readStored(userId);
  useOutbox.setState({ entries: stored.map((entry) => ({ ...entry, state: "failed" as const })) });
}

/** Keeps unconfirmed entries across reloads. Returns the function that stops it. */
export function persistOutbox(userId: string): () => void {
  return useOutbox.subscribe(({ entries }) => {
    const unconfirmed = entries.filter((entry) => entry.messageId === null);
    if (unconfirmed.length === 0) safeStorage.remove(storageKey(userId));
    else safeStorage.set(storageKey(userId), JSON.stringify(unconfirmed));
  });
}

export function newEntry(
  sessionId: string,
  afterSeq: number,
  content: { text: string; uploads?: UploadResource[] } | { answers: ItemAnswerBody[] },
): OutboxEntry {
  return {
    key: crypto.randomUUID(),
    sessionId,
    text: "text" in content ? content.text : null,
    uploads: ("text" in content && content.uploads) || [],
    answers: "answers" in content ? content.answers : null,
    state: "sending",
    problem: null,
    createdAt: new Date().toISOString(),
    afterSeq,
    messageId: null,
  };
}

/** Sends an entry after everything sent before it in the same session; trouble that may pass is retried a few times. */
export function send(entry: OutboxEntry, post: Post): Promise<void> {
  put({ ...entry, state: "sending", problem: null });
  const before = lines.get(entry.sessionId) ?? Promise.resolve();
  const line = before.then(() => deliver(entry, post));
  lines.set(entry.sessionId, line);
  return line;
}

export function discard(key: string): void {
  useOutbox.setState(({ entries }) => ({ entries: entries.filter((entry) => entry.key !== key) }));
}

async function deliver(entry: OutboxEntry, post: Post): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { message_id } = await post(entry);
      if (entry.text === null) discard(entry.key);
      else change(entry.key, { messageId: message_id });
      return;
    } catch (error) {
      const problem = asProblem(error);
      const wait = waits[attempt];
      if (!isRetryable(problem) || wait === undefined) {
        change(entry.key, { state: "failed", problem });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function put(entry: OutboxEntry): void {
  useOutbox.setState(({ entries }) => ({
    entries: entries.some((known) => known.key === entry.key)
      ? entries.map((known) => (known.key === entry.key ? entry : known))
      : [...entries, entry],
  }));
}

function change(key: string, patch: Partial<OutboxEntry>): void {
  useOutbox.setState(({ entries }) => ({
    entries: entries.map((entry) => (entry.key === key ? { ...entry, ...patch } : entry)),
  }));
}

/** What an entry stored by an earlier version of the page lacks. */
const noFiles = { uploads: [] };

function readStored(userId: string): OutboxEntry[] {
  try {
    const parsed = JSON.parse(safeStorage.get(storageKey(userId)) ?? "[]") as unknown;
    return Array.isArray(parsed) ? (parsed as OutboxEntry[]).map((entry) => ({ ...noFiles, ...entry })) : [];
  } catch {
    return [];
  }
}
