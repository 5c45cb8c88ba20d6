import type { TicketQueueAnswer } from "@/api/generated";

/** What is said instead of tickets while the ticketing system does not give any. */
export function silenceOf({ reason_detail: detail }: TicketQueueAnswer): string {
  return detail
    ? `The ticketing system did not answer: ${detail}`
    : "The ticketing system does not answer at the moment.";
}
