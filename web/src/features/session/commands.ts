import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import {
  abandonSession,
  addFact,
  answerItems,
  applyFix,
  pauseSession,
  resumeSession,
  retryReply,
  sendMessage,
  setFixOutcome,
  stopReply,
  type FixOutcome,
  type ItemAnswerBody,
} from "@/api/generated";
import { getSessionQueryKey, listSessionsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { newEntry, send, type OutboxEntry } from "./composer/outbox";
import { useLiveStore } from "./stream/liveStore";

/** A key for one click: a repeat of the same request is answered, not done again. */
function once() {
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

export function useAddFact(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (text: string) => {
      await addFact({ path: { session_id: sessionId }, body: { text }, headers: once() });
    },
    onSettled: refresh,
  });
}

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

/** Sends what stands in the outbox; the entry's key makes a second attempt harmless. */
async function post(entry: OutboxEntry): Promise<{ message_id: string }> {
  const call = { path: { session_id: entry.sessionId }, headers: { "Idempotency-Key": entry.key } };
  const { data } = entry.answers
    ? await answerItems({ ...call, body: { items: entry.answers } })
    : await sendMessage({ ...call, body: { text: entry.text ?? "" } });
  return data;
}

export function sendText(sessionId: string, text: string): void {
  void send(newEntry(sessionId, newestSeq(sessionId), { text }), post);
}

export function sendAnswers(sessionId: string, answers: ItemAnswerBody[]): void {
  void send(newEntry(sessionId, newestSeq(sessionId), { answers }), post);
}

export function sendAgain(entry: OutboxEntry): void {
  void send(entry, post);
}

function newestSeq(sessionId: string): number {
  return useLiveStore.getState().sessions[sessionId]?.log.messages.at(-1)?.seq ?? 0;
}
