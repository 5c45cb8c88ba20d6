import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { FixResource } from "@/api/generated";
import {
  getSessionOptions,
  listFixesOptions,
  listFixesQueryKey,
} from "@/api/generated/@tanstack/react-query.gen";

const none: FixResource[] = [];

/** Every fix of the session, newest first. Read again with each version of the session, as only a new version can change it. */
export function useFixHistory(sessionId: string): FixResource[] {
  const path = { session_id: sessionId };
  // The page reads the session; here it is only looked at.
  const { data: version } = useQuery({
    ...getSessionOptions({ path }),
    enabled: false,
    select: ({ session }) => session.state_version,
  });
  const { data } = useQuery({
    ...listFixesOptions({ path }),
    queryKey: [...listFixesQueryKey({ path }), version] as unknown as ReturnType<typeof listFixesQueryKey>,
    enabled: version !== undefined,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  return data ?? none;
}
