import { expect, test } from "vitest";
import { emptySentence, toQueueQuery } from "./queue";

const empty = { tickets: [], page: 1, page_size: 10, has_more: false };

test("each tab asks for its own tickets, ten at a time", () => {
  expect(toQueueQuery({ kind: "mine" }, 2)).toEqual({ page: 2, page_size: 10, assigned_to_me: true });
  expect(toQueueQuery({ kind: "unassigned" }, 1)).toMatchObject({ unassigned: true });
  expect(toQueueQuery({ kind: "board", boardId: 7 }, 1)).toMatchObject({ board_ids: "7" });
});

test.each(["no_connection", "not_mapped", "psa_unavailable", "psa_rejected", null] as const)(
  "an empty queue says why in a sentence (%s)",
  (reason) => {
    expect(emptySentence({ ...empty, reason }, { kind: "mine" })).toMatch(/\.$/);
  },
);

test("the ticketing system's own words are shown when it gave any", () => {
  const sentence = emptySentence(
    { ...empty, reason: "psa_rejected", reason_detail: "Company is locked." },
    { kind: "mine" },
  );
  expect(sentence).toContain("Company is locked.");
});
