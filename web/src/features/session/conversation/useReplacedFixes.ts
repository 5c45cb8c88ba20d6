import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { create } from "zustand";
import type { FixResource } from "@/api/generated";
import { getSessionOptions } from "@/api/generated/@tanstack/react-query.gen";
import { useUserId } from "@/auth/useMe";
import { isClosed } from "@/shared/lib/sessionStatus";
import { safeStorage } from "@/shared/lib/safeStorage";
import { replacedWithoutOutcome } from "../model/replacedFixes";
import { useFixHistory } from "../useFixHistory";

interface ClosedQuestions {
  closed: ReadonlySet<string>;
  close: (key: string) => void;
}

/** Questions this engineer closed with "don't know", by storage key. */
const useClosedQuestions = create<ClosedQuestions>((set, get) => ({
  closed: new Set(),
  close: (key) => {
    safeStorage.set(key, "unknown");
    set({ closed: new Set([...get().closed, key]) });
  },
}));

function storageKey(userId: string, sessionId: string, fixId: string): string {
  return `resolutionflow.replaced.${userId}.${sessionId}.${fixId}`;
}

/** The replaced fixes that the conversation asks about: run, without an outcome, and not closed by this engineer. */
export function useReplacedFixes(sessionId: string): FixResource[] {
  const userId = useUserId();
  const { history } = useFixHistory(sessionId);
  const closed = useClosedQuestions((store) => store.closed);
  const { data: status } = useQuery({
    ...getSessionOptions({ path: { session_id: sessionId } }),
    enabled: false,
    select: ({ session }) => session.status,
  });
  return useMemo(() => {
    if (!status || isClosed(status)) return [];
    const known = history.filter((fix) => {
      const key = storageKey(userId, sessionId, fix.id);
      return closed.has(key) || safeStorage.get(key) !== null;
    });
    return replacedWithoutOutcome(history, new Set(known.map((fix) => fix.id)));
  }, [history, status, closed, userId, sessionId]);
}

/** Closes the question for this engineer; the fix stays "tried, outcome not recorded". */
export function useCloseQuestion(sessionId: string, fixId: string): () => void {
  const key = storageKey(useUserId(), sessionId, fixId);
  const close = useClosedQuestions((store) => store.close);
  return () => close(key);
}
