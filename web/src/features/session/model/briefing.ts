import type { SessionResource } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";

/** Whoever may pick the session up, or just did, reads the briefing unasked; whoever handed it over knows it. */
export function opensByItself(session: SessionResource, me: string): boolean {
  if (session.status === "escalated") return session.engineer_id !== me;
  return !isClosed(session.status) && session.engineer_id === me;
}
