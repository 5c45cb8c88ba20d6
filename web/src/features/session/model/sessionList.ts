import type { SessionRow } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";

/** Sessions being worked first; those that ended below, both in the order given (newest first). */
export function groupSessions(rows: SessionRow[]): { active: SessionRow[]; recent: SessionRow[] } {
  return {
    active: rows.filter(({ session }) => !isClosed(session.status)),
    recent: rows.filter(({ session }) => isClosed(session.status)),
  };
}

/** The session `step` places after the present one, null at the ends. A session that is not listed comes before the first. */
export function neighbour(rows: SessionRow[], currentId: string, step: 1 | -1): string | null {
  const at = rows.findIndex(({ session }) => session.id === currentId);
  return rows[at + step]?.session.id ?? null;
}

/** The row where the keyboard enters the list: the present session, else the first one shown. */
export function stopOf(rows: SessionRow[], currentId: string): string | null {
  const { active, recent } = groupSessions(rows);
  const shown = [...active, ...recent].map(({ session }) => session.id);
  return shown.find((id) => id === currentId) ?? shown[0] ?? null;
}
