import {
  pickUpSession,
  postEscalationPackage,
  postResolutionNote,
  reopenSession,
  retryWriteback,
} from "@/api/generated";
import type { NoteKind } from "../surfaces";
import { useRequest } from "./useRequest";

interface Confirmation {
  markdown: string;
  /** Why it is escalated; the first sentence of the package when left empty. */
  reason: string;
  /** The status the ticket gets instead of the account's; null for the account's. */
  statusId: number | null;
}

/** Confirm & post. `onEnded`: it is posted, or kept where there is no ticket. */
export function usePostNote(sessionId: string, kind: NoteKind, onEnded: () => void) {
  const path = { session_id: sessionId };
  return useRequest(
    sessionId,
    async ({ markdown, reason, statusId }: Confirmation, headers) => {
      const { data } =
        kind === "resolution_note"
          ? await postResolutionNote({ path, headers, body: { markdown, status_id: statusId } })
          : await postEscalationPackage({
              path,
              headers,
              body: { markdown, escalation_reason: reason.trim() || null, status_id: statusId },
            });
      return data;
    },
    ({ outcome }) => {
      if (outcome !== "pending") onEnded();
    },
  );
}

/** Goes on with a posting that failed or was not verified; what is on the ticket already is not posted again. */
export function useRetryWriteback(sessionId: string) {
  return useRequest(sessionId, async (_: void, headers) => {
    const { data } = await retryWriteback({ path: { session_id: sessionId }, headers });
    return data;
  });
}

export function useReopen(sessionId: string) {
  return useRequest(sessionId, async (_: void, headers) => {
    await reopenSession({ path: { session_id: sessionId }, headers });
  });
}

export function usePickUp(sessionId: string) {
  return useRequest(sessionId, async (_: void, headers) => {
    await pickUpSession({ path: { session_id: sessionId }, headers });
  });
}
