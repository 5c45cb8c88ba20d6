import { useQueryClient } from "@tanstack/react-query";
import {
  createShareLink,
  revokeShareLink,
  shareUpdate,
  type PostNoteAnswer,
  type UpdateBody,
} from "@/api/generated";
import {
  listSessionPostLogQueryKey,
  listShareLinksQueryKey,
} from "@/api/generated/@tanstack/react-query.gen";
import { useRequest } from "./useRequest";

/** Puts an interim update on the ticket. */
export function useShareUpdate(sessionId: string) {
  const path = { session_id: sessionId };
  const queries = useQueryClient();
  return useRequest(sessionId, async (body: Required<Pick<UpdateBody, "audience" | "markdown">>, headers) => {
    try {
      const { data } = await shareUpdate({ path, body, headers });
      return data as PostNoteAnswer;
    } finally {
      void queries.invalidateQueries({ queryKey: listSessionPostLogQueryKey({ path }) });
    }
  });
}

export function useCreateShareLink(sessionId: string) {
  const path = { session_id: sessionId };
  const queries = useQueryClient();
  return useRequest(sessionId, async (hours: number, headers) => {
    const { data } = await createShareLink({ path, body: { expires_in_hours: hours }, headers });
    await queries.invalidateQueries({ queryKey: listShareLinksQueryKey({ path }) });
    return data;
  });
}

export function useRevokeShareLink(sessionId: string) {
  const path = { session_id: sessionId };
  const queries = useQueryClient();
  return useRequest(sessionId, async (linkId: string, headers) => {
    await revokeShareLink({ path: { ...path, link_id: linkId }, headers });
    await queries.invalidateQueries({ queryKey: listShareLinksQueryKey({ path }) });
  });
}
