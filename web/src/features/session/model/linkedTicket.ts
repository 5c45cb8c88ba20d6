import type { SessionResource } from "@/api/generated";

/** The ticket a session works on, as the ticketing system is asked for it. */
export interface LinkedTicket {
  id: string;
  connectionId: string | null;
}

export function linkedTicket(session: SessionResource): LinkedTicket | null {
  if (!session.psa_ticket_id) return null;
  return { id: session.psa_ticket_id, connectionId: session.psa_connection_id ?? null };
}
