import { useQueryClient } from "@tanstack/react-query";
import { createSpinOffTicket, linkTicket, type LinkTicketBody, type SpinOffBody } from "@/api/generated";
import { listSpinOffTicketsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { useRequest } from "./useRequest";

/** Links a ticket, or changes the one that is linked. */
export function useLinkTicket(sessionId: string) {
  return useRequest(sessionId, async (body: LinkTicketBody, headers) => {
    const { data } = await linkTicket({ path: { session_id: sessionId }, body, headers });
    return data;
  });
}

/** Has a second ticket created, for another problem. */
export function useSpinOff(sessionId: string) {
  const path = { session_id: sessionId };
  const queries = useQueryClient();
  return useRequest(sessionId, async (body: SpinOffBody, headers) => {
    try {
      const { data } = await createSpinOffTicket({ path, body, headers });
      return data;
    } finally {
      void queries.invalidateQueries({ queryKey: listSpinOffTicketsQueryKey({ path }) });
    }
  });
}
