import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { getSessionQueryKey, listSessionsQueryKey } from "@/api/generated/@tanstack/react-query.gen";

/** A key for one click: a repeat of the same request is answered, not done again. */
export function once() {
  return { "Idempotency-Key": crypto.randomUUID() };
}

/** Reads the session and the list again, after a command changed them. */
export function useRefreshSession(sessionId: string): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: getSessionQueryKey({ path: { session_id: sessionId } }) }),
      queries.invalidateQueries({ queryKey: listSessionsQueryKey() }),
    ]);
  }, [queries, sessionId]);
}
