import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { listFixes, type FixResource } from "@/api/generated";
import { getSessionOptions, listFixesQueryKey } from "@/api/generated/@tanstack/react-query.gen";

const none: FixResource[] = [];

/** Every fix of the session, newest first. Read again with each version of the session, as only a new version can change it. */
export function useFixHistory(sessionId: string) {
  const path = { session_id: sessionId };
  // The page reads the session; here it is only looked at.
  const { data: stateVersion } = useQuery({
    ...getSessionOptions({ path }),
    enabled: false,
    select: ({ session }) => session.state_version,
  });
  const query = useQuery({
    queryKey: [...listFixesQueryKey({ path }), { stateVersion }],
    queryFn: async ({ signal }) => {
      const { data: history } = await listFixes({ path, signal });
      return history;
    },
    enabled: stateVersion !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    placeholderData: keepPreviousData,
  });
  return { history: query.data ?? none, query };
}
