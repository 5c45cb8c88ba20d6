import type { SearchTicketsData, TicketQueueAnswer } from "@/api/generated";
import { silenceOf } from "@/shared/lib/ticketing";

/** What to ask for: open tickets with these words, or a number whether open or not. */
export function toTicketSearch(
  words: string,
  connectionId: string | null | undefined,
): NonNullable<SearchTicketsData["query"]> {
  const number = words.replace(/^#/, "");
  const isNumber = /^\d+$/.test(number);
  return {
    page_size: 8,
    ...(connectionId && { connection_id: connectionId }),
    ...(words && { query: isNumber ? number : words }),
    ...(isNumber && { include_closed: true }),
  };
}

/** Why there is no ticket to choose. */
export function noTickets(answer: TicketQueueAnswer, words: string): string {
  switch (answer.reason) {
    case "no_connection":
      return "No ticketing system is connected. An administrator of the account can connect one.";
    case "psa_unavailable":
    case "psa_rejected":
      return silenceOf(answer);
    default:
      if (words === "") return "There are no open tickets.";
      return `No ticket matches “${words}”. Words find open tickets; a number finds closed ones too.`;
  }
}
