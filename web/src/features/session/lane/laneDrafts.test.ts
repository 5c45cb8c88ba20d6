import { expect, test } from "vitest";
import { laneItem } from "@/test/builders";
import { newEntry, type OutboxEntry } from "../composer/outbox";
import { failedByItem, filledAnswers, parseDrafts, sendingItems, toAnswer } from "./laneDrafts";

test("one click sends every filled open item, in the order of the lane", () => {
  const items = [
    laneItem({ id: "a" }),
    laneItem({ id: "b", status: "answered" }),
    laneItem({ id: "c" }),
    laneItem({ id: "d" }),
  ];
  const drafts = {
    d: { answer: "", output: "PING ok" },
    a: { answer: "yes", output: "" },
    b: { answer: "late", output: "" },
    c: { answer: "  ", output: "" },
  };
  expect(filledAnswers(items, drafts).map((answer) => answer.item_id)).toEqual(["a", "d"]);
});

test("tool output is sent as it was pasted", () => {
  expect(toAnswer("a", { answer: " yes ", output: "  indented\n" })).toMatchObject({
    answer: "yes",
    output: "  indented\n",
  });
});

test("unreadable stored drafts are an empty lane, not a broken page", () => {
  expect(parseDrafts("{oops")).toEqual({});
});

function entry(state: OutboxEntry["state"], ...ids: string[]): OutboxEntry {
  return { ...newEntry("s", 0, { answers: ids.map((item_id) => ({ item_id })) }), state };
}

test("an item is on its way until the lane shows it changed, unless its answer failed", () => {
  const [a, b, c] = [laneItem({ id: "a" }), laneItem({ id: "b" }), laneItem({ id: "c" })];
  const sent = new Map([a, b, c].map((item) => [item.id, { item }]));
  const answered = laneItem({ id: "b", status: "answered" });
  const sending = sendingItems([entry("failed", "c"), entry("sending", "d")], sent, [a, answered, c]);
  expect([...sending].toSorted()).toEqual(["a", "d"]);
});

test("a failed answer is shown at its first item, or apart when none of its items is drawn", () => {
  const [both, gone] = [entry("failed", "b", "a"), entry("failed", "z")];
  const { byItem, others } = failedByItem([both, gone], [laneItem({ id: "a" }), laneItem({ id: "b" })]);
  expect([...byItem]).toEqual([["a", both]]);
  expect(others).toEqual([gone]);
});
