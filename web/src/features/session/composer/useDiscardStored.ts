import { useEffect } from "react";
import { isUnanswered, unstored } from "../model/conversation";
import { useLive } from "../stream/liveStore";
import { discard, useOutbox } from "./outbox";

/** Forgets an outbox entry once its message stands in the conversation. */
export function useDiscardStored(sessionId: string): void {
  const messages = useLive(sessionId, (live) => live.log.messages);
  const entries = useOutbox((store) => store.entries);
  useEffect(() => {
    const delivered = entries.filter(
      (entry) =>
        entry.sessionId === sessionId &&
        entry.text !== null &&
        (entry.messageId !== null || (entry.state === "failed" && isUnanswered(entry))),
    );
    const waiting = new Set(unstored(delivered, messages).map((entry) => entry.key));
    for (const entry of delivered) if (!waiting.has(entry.key)) discard(entry.key);
  }, [sessionId, messages, entries]);
}
