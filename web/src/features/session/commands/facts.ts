import { useMutation } from "@tanstack/react-query";
import { addFact } from "@/api/generated";
import { once, useRefreshSession } from "./shared";

export function useAddFact(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (text: string) => {
      await addFact({ path: { session_id: sessionId }, body: { text }, headers: once() });
    },
    onSettled: refresh,
  });
}
