import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useNavigate } from "react-router";
import { pickUpSession } from "@/api/generated";
import {
  getSessionQueryKey,
  listEscalationsQueryKey,
  listSessionsQueryKey,
} from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";

/** Takes over an escalated session and goes there. After a lost answer the same pick-up is repeated under the same key. */
export function usePickUp() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: async (sessionId: string) => {
      const key = keys.current.get(sessionId) ?? crypto.randomUUID();
      keys.current.set(sessionId, key);
      await pickUpSession({ path: { session_id: sessionId }, headers: { "Idempotency-Key": key } });
      return sessionId;
    },
    onSuccess: (sessionId) => void navigate(`/pilot/${sessionId}`),
    onError: (error, sessionId) => {
      if (asProblem(error).status !== 0) keys.current.delete(sessionId);
    },
    // Also after a refusal: somebody else was quicker, and the queue says so.
    onSettled: (_answer, _error, sessionId) => {
      void queries.invalidateQueries({ queryKey: listEscalationsQueryKey() });
      void queries.invalidateQueries({ queryKey: listSessionsQueryKey() });
      void queries.invalidateQueries({ queryKey: getSessionQueryKey({ path: { session_id: sessionId } }) });
    },
  });
}
