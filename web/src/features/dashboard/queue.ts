import type { SearchTicketsData, TicketQueueAnswer } from "@/api/generated";
import { silenceOf } from "@/shared/lib/ticketing";

export type QueueTab = { kind: "mine" } | { kind: "unassigned" } | { kind: "board"; boardId: number };

export const pageSize = 10;

/** What to ask for: the tickets of a tab, one page. */
export function toQueueQuery(tab: QueueTab, page: number): NonNullable<SearchTicketsData["query"]> {
  const paging = { page, page_size: pageSize };
  if (tab.kind === "mine") return { ...paging, assigned_to_me: true };
  if (tab.kind === "unassigned") return { ...paging, unassigned: true };
  return { ...paging, board_ids: String(tab.boardId) };
}

/** Why a queue is empty, as a quiet sentence. */
export function emptySentence(answer: TicketQueueAnswer, tab: QueueTab): string {
  switch (answer.reason) {
    case "no_connection":
      return "No ticketing system is connected. You can start from the box above.";
    case "not_mapped":
      return "Your user is not mapped to a member of the ticketing system, so no ticket is known to be yours.";
    case "psa_unavailable":
    case "psa_rejected":
      return silenceOf(answer);
    default:
      return tab.kind === "mine" ? "No open tickets are assigned to you." : "No open tickets here.";
  }
}
