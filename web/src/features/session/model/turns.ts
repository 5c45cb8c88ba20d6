import type { ErrorInfo, MessageResource } from "@/api/generated";
import type { MessageLog } from "./messageLog";

interface Turn {
  turnId: string;
  messageIds?: string[];
}

/** Marks the engineer's messages of a turn with how far it is, before the session is read again. */
export function withTurnState(
  log: MessageLog,
  turn: Turn,
  state: NonNullable<MessageResource["turn_state"]>,
  error: ErrorInfo | null = null,
): MessageLog {
  const messages = log.messages.map((message) => {
    const inTurn = message.turn_id === turn.turnId || turn.messageIds?.includes(message.id);
    if (!inTurn || message.role === "pilot") return message;
    return { ...message, turn_id: turn.turnId, turn_state: state, error };
  });
  return { ...log, messages };
}

/** True when the stored messages say that the turn is over, so that no live text of it is shown any more. */
export function isTurnOver(messages: MessageResource[], turnId: string): boolean {
  return messages.some(
    (message) =>
      message.turn_id === turnId &&
      (message.role === "pilot" || message.turn_state === "failed" || message.turn_state === "stopped"),
  );
}
