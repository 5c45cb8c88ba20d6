/** A reply being generated. `length` counts code points, as the server's offsets do. */
export interface LiveReply {
  turnId: string;
  text: string;
  length: number;
}

/**
 * Adds a piece at its offset. A piece already received is dropped, an overlapping one adds only what is new, and one that
 * would leave a hole is dropped too: the server resends the whole text as a reset.
 */
export function appendDelta(
  reply: LiveReply | null,
  turnId: string,
  text: string,
  offset: number | undefined,
): LiveReply | null {
  const current = reply && reply.turnId === turnId ? reply : { turnId, text: "", length: 0 };
  const at = offset ?? current.length;
  if (at > current.length) return reply;
  const points = Array.from(text);
  const fresh = points.slice(current.length - at);
  if (fresh.length === 0) return reply ?? current;
  return { turnId, text: current.text + fresh.join(""), length: current.length + fresh.length };
}

/** Starts the reply over with `text`, after a retried attempt or a resumed stream. */
export function resetReply(turnId: string, text: string): LiveReply {
  return { turnId, text, length: Array.from(text).length };
}
