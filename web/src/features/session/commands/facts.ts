import { useMutation } from "@tanstack/react-query";
import {
  addFact,
  deleteFact,
  editFact,
  promoteFact,
  restoreFact,
  type EditFactBody,
  type FactResource,
  type PromoteFactBody,
} from "@/api/generated";
import { once, useRefreshSession } from "./shared";

/** `onAdded` runs also when the form that asked for it is gone by then. */
export function useAddFact(sessionId: string, onAdded: () => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (text: string) => {
      await addFact({ path: { session_id: sessionId }, body: { text }, headers: once() });
    },
    onSuccess: onAdded,
    onSettled: refresh,
  });
}

export function useEditFact(sessionId: string, factId: string, onSaved: () => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (change: EditFactBody) => {
      await editFact({
        path: { session_id: sessionId, fact_id: factId },
        body: change,
        headers: once(),
      });
    },
    onSuccess: onSaved,
    onSettled: refresh,
  });
}

/** `onDeleted` runs before the session is read again, so that the way back is there before the fact is gone. */
export function useDeleteFact(sessionId: string, onDeleted: (fact: FactResource) => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (fact: FactResource) => {
      await deleteFact({ path: { session_id: sessionId, fact_id: fact.id }, headers: once() });
    },
    onSuccess: (_, fact) => onDeleted(fact),
    onSettled: refresh,
  });
}

export function useRestoreFact(sessionId: string, onRestored: (factId: string) => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (factId: string) => {
      await restoreFact({ path: { session_id: sessionId, fact_id: factId }, headers: once() });
    },
    onSuccess: (_, factId) => onRestored(factId),
    onSettled: refresh,
  });
}

/** Which promotions of a session run at the moment can be asked with this key. */
export const promotionKey = (sessionId: string) => ["promote-fact", sessionId];

export function usePromoteFact(sessionId: string, onPromoted: () => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationKey: promotionKey(sessionId),
    mutationFn: async (body: PromoteFactBody) => {
      await promoteFact({ path: { session_id: sessionId }, body, headers: once() });
    },
    onSuccess: onPromoted,
    onSettled: refresh,
  });
}
