import { getSessionOptions } from "@/api/generated/@tanstack/react-query.gen";

/** An answer that came while the page was loaded is not asked for again; a page that is opened later asks anew. */
const freshMs = 2_000;

/** How the stored session is asked for. */
export function sessionQuery(sessionId: string) {
  return { ...getSessionOptions({ path: { session_id: sessionId } }), staleTime: freshMs };
}
