import type { MessageResource } from "@/api/generated";
import type { Person } from "../stream/liveStore";

/** Every message received of one session, oldest first, and where the older ones continue. */
export interface MessageLog {
  messages: MessageResource[];
  olderCursor: string | null;
  /** Who wrote the older ones that were loaded. */
  authors: Person[];
}

export const emptyLog: MessageLog = { messages: [], olderCursor: null, authors: [] };

/** Takes in the newest page. A page that does not touch what is known replaces it, so that no hole is shown as if whole. */
export function withNewestPage(
  log: MessageLog,
  page: MessageResource[],
  olderCursor: string | null,
): MessageLog {
  const newest = log.messages.at(-1);
  const first = page[0];
  const touches = first && log.messages.some((message) => message.seq >= first.seq);
  if (!newest || (!touches && olderCursor !== null))
    return { ...log, messages: merged([], page), olderCursor };
  return { ...log, messages: merged(log.messages, page) };
}

/** Takes in a page of older messages. */
export function withOlderPage(
  log: MessageLog,
  page: MessageResource[],
  olderCursor: string | null,
  people: Person[],
): MessageLog {
  const known = new Set(log.authors.map((person) => person.user_id));
  const others = people.filter((person) => !known.has(person.user_id));
  return {
    messages: merged(log.messages, page),
    olderCursor,
    authors: others.length > 0 ? [...log.authors, ...others] : log.authors,
  };
}

/** Takes in one message, new or changed. */
export function withMessage(log: MessageLog, message: MessageResource): MessageLog {
  return { ...log, messages: merged(log.messages, [message]) };
}

function merged(known: MessageResource[], incoming: MessageResource[]): MessageResource[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of incoming) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}
