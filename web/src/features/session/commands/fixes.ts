import { useMutation } from "@tanstack/react-query";
import { applyFix, setFixOutcome, type FixOutcome } from "@/api/generated";
import { once, useRefreshSession } from "./shared";

export function useApplyFix(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (fixId: string) => {
      await applyFix({ path: { session_id: sessionId, fix_id: fixId }, headers: once() });
    },
    onSettled: refresh,
  });
}

export function useFixOutcome(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async ({ fixId, outcome, notes }: { fixId: string; outcome: FixOutcome; notes?: string }) => {
      await setFixOutcome({
        path: { session_id: sessionId, fix_id: fixId },
        body: { outcome, notes: notes?.trim() || null },
        headers: once(),
      });
    },
    onSettled: refresh,
  });
}
