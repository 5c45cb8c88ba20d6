import { expect, test } from "vitest";
import { laneItem } from "@/test/builders";
import { filledAnswers, parseDrafts, toAnswer } from "./laneDrafts";

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
