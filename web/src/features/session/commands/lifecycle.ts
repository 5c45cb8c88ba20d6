import { useMutation } from "@tanstack/react-query";
import { abandonSession, pauseSession, resumeSession, retryReply, stopReply } from "@/api/generated";
import { once, useRefreshSession } from "./shared";

export type Lifecycle = "pause" | "resume" | "stop" | "retry";

/** Pause, resume, stop the reply, or run the failed turn again. */
export function useLifecycle(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (action: Lifecycle) => {
      const run = { pause: pauseSession, resume: resumeSession, stop: stopReply, retry: retryReply }[action];
      await run({ path: { session_id: sessionId }, headers: once() });
    },
    onSettled: refresh,
  });
}

export function useAbandon(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (reason: string) => {
      await abandonSession({
        path: { session_id: sessionId },
        body: { reason: reason || null },
        headers: once(),
      });
    },
    onSettled: refresh,
  });
}
