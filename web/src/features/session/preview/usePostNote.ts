import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { postResolutionNote } from "@/api/generated";
import { useRefreshSession } from "../commands/shared";

/**
 * Confirm & post. The key belongs to the text: the same text again after a lost answer is the same request, another text is
 * another one. A refusal ends the request, so the next try gets a new key.
 */
export function usePostNote(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  const request = useRef<{ markdown: string; key: string } | null>(null);
  return useMutation({
    mutationFn: async (markdown: string) => {
      if (request.current?.markdown !== markdown) request.current = { markdown, key: crypto.randomUUID() };
      const { data } = await postResolutionNote({
        path: { session_id: sessionId },
        body: { markdown },
        headers: { "Idempotency-Key": request.current.key },
      });
      return data;
    },
    onError: (error) => {
      const answered = typeof error === "object" && error !== null && "code" in error;
      if (answered) request.current = null;
    },
    onSettled: refresh,
  });
}
