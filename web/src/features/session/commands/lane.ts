import { keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { listClosedItems, reopenItem, restoreFix, type LaneItemResource } from "@/api/generated";
import { listClosedItemsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { once, useRefreshSession } from "./shared";

export function useReopenItem(sessionId: string, onReopened: (item: LaneItemResource) => void) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (item: LaneItemResource) => {
      await reopenItem({ path: { session_id: sessionId, item_id: item.id }, headers: once() });
    },
    onSuccess: (_, item) => onReopened(item),
    onSettled: refresh,
  });
}

export function useRestoreFix(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  return useMutation({
    mutationFn: async (fixId: string) => {
      await restoreFix({ path: { session_id: sessionId, fix_id: fixId }, headers: once() });
    },
    onSettled: refresh,
  });
}

/** Pages of closed items that the session leaves out, once somebody asks for them. */
export function useEarlierItems(sessionId: string, cursor: string | null, wanted: boolean) {
  return useInfiniteQuery({
    queryKey: [...listClosedItemsQueryKey({ path: { session_id: sessionId } }), { cursor }],
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await listClosedItems({
        path: { session_id: sessionId },
        query: { cursor: pageParam },
        signal,
      });
      return data;
    },
    initialPageParam: cursor,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    enabled: wanted && cursor !== null,
  });
}
