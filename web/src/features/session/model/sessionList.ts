import type { SessionRow } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";

/** Sessions being worked first; those that ended below, both in the order given (newest first). */
export function groupSessions(rows: SessionRow[]): { active: SessionRow[]; recent: SessionRow[] } {
  return {
    active: rows.filter(({ session }) => !isClosed(session.status)),
    recent: rows.filter(({ session }) => isClosed(session.status)),
  };
}
