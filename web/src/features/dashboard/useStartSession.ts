import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useNavigate } from "react-router";
import { startSession, type StartSessionBody } from "@/api/generated";
import { listSessionsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";

/** Starts a session and goes there. After a lost answer the same start is repeated under the same key, so it starts once. */
export function useStartSession() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const request = useRef<{ content: string; key: string } | null>(null);
  return useMutation({
    mutationFn: async (body: StartSessionBody) => {
      const content = JSON.stringify(body);
      if (request.current?.content !== content) request.current = { content, key: crypto.randomUUID() };
      const { data } = await startSession({ body, headers: { "Idempotency-Key": request.current.key } });
      return data;
    },
    onSuccess: (session) => {
      request.current = null;
      void queries.invalidateQueries({ queryKey: listSessionsQueryKey() });
      void navigate(`/pilot/${session.id}`);
    },
    onError: (error) => {
      if (asProblem(error).status !== 0) request.current = null;
    },
  });
}
