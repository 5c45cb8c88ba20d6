import { expect, test } from "vitest";
import type { TicketQueueAnswer } from "@/api/generated";
import { noTickets, toTicketSearch } from "./ticketSearch";

const answer = (change: Partial<TicketQueueAnswer>): TicketQueueAnswer => ({
  tickets: [],
  page: 1,
  page_size: 8,
  has_more: false,
  ...change,
});

test("a number is looked for among closed tickets too, with or without its sign", () => {
  expect(toTicketSearch("#48291", "c")).toMatchObject({
    query: "48291",
    include_closed: true,
    connection_id: "c",
  });
  expect(toTicketSearch("48291", null)).toMatchObject({ query: "48291", include_closed: true });
  expect(toTicketSearch("printer", null)).toEqual({ page_size: 8, query: "printer" });
  expect(toTicketSearch("", undefined)).toEqual({ page_size: 8 });
});

test.each([
  [{ reason: "no_connection" as const }, "x", /No ticketing system is connected/],
  [{ reason: "psa_unavailable" as const, reason_detail: "Timed out." }, "x", /did not answer: Timed out\./],
  [{ reason: "psa_rejected" as const }, "x", /does not answer/],
  [{}, "printer", /No ticket matches “printer”/],
  [{}, "", /no open tickets/],
])("an empty list says why: %j", (given, words, sentence) => {
  expect(noTickets(answer(given), words)).toMatch(sentence);
});
