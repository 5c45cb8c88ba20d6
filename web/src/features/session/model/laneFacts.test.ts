import { expect, test } from "vitest";
import { fact, laneItem } from "@/test/builders";
import {
  factChange,
  factsByItem,
  isPromotable,
  parseFactDraft,
  promotionOf,
  toFact,
  type FactContext,
} from "./laneFacts";

const reader: FactContext = { source: null, readerId: "me", author: null };

test("each fact says where it came from, and by whom when that is not plain", () => {
  const source = laneItem({ id: "q", text: "Since when?" });
  const said = (change: Partial<Parameters<typeof fact>[0]>, context: Partial<FactContext> = {}) =>
    toFact(fact({ id: "f", ...change }), { ...reader, ...context }).provenance;
  expect(said({ source_type: "question", source_ref: "q" }, { source })).toBe(
    "from the question “Since when?”",
  );
  expect(said({ source_type: "diagnostic_check" })).toBe("from the check");
  expect(said({ source_type: "ai_synthesis" })).toBe("the pilot's synthesis");
  expect(said({ created_by: "me" })).toBe("your note");
  expect(said({ created_by: "other" }, { author: "M. Davis" })).toBe("note by M. Davis");
  expect(said({ created_by: "other" })).toBe("a colleague's note");
});

test("a fact leads to its question or check, else to its message, else nowhere", () => {
  const promoted = fact({ id: "f", source_type: "question", source_ref: "q", message_id: "m" });
  expect(toFact(promoted, { ...reader, source: laneItem({ id: "q" }) }).origin).toEqual({
    kind: "item",
    id: "q",
  });
  expect(toFact(promoted, reader).origin).toEqual({ kind: "message", id: "m" });
  expect(toFact(fact({ id: "n" }), reader).origin).toBeNull();
});

test("a note is added, everything else is promoted; what was changed since says when", () => {
  expect(toFact(fact({ id: "n" }), reader)).toMatchObject({ verb: "added", editedAt: null });
  const edited = fact({ id: "s", source_type: "ai_synthesis", updated_at: "2026-03-02T14:10:00+00:00" });
  expect(toFact(edited, reader)).toMatchObject({
    verb: "promoted",
    editedAt: "2026-03-02T14:10:00+00:00",
  });
});

test("only an answer that says something and has no standing fact can be promoted", () => {
  const item = laneItem({ id: "a", status: "answered", answer: "Since Monday" });
  expect(isPromotable(item, null)).toBe(true);
  expect(isPromotable(item, fact({ id: "f" }))).toBe(false);
  expect(isPromotable({ ...item, status: "skipped" }, null)).toBe(false);
  expect(isPromotable({ ...item, answer: " " }, null)).toBe(false);
});

test("a fact is made of the output before the answer, within what the server takes, or of own words", () => {
  const check = laneItem({ id: "c", kind: "check", answer: "Done", output: "x".repeat(12_000) });
  expect(promotionOf(check, null)).toEqual({
    source_type: "diagnostic_check",
    source_ref: "c",
    raw_input: "x".repeat(10_000),
  });
  expect(promotionOf(laneItem({ id: "q", answer: "Yes" }), "It prints.")).toEqual({
    source_type: "question",
    source_ref: "q",
    proposed_text: "It prints.",
  });
});

test("an item finds its fact by either side of the link, and only one that stands", () => {
  const items = [
    laneItem({ id: "a", promoted_fact_id: "f" }),
    laneItem({ id: "b" }),
    laneItem({ id: "c", promoted_fact_id: "deleted" }),
  ];
  const found = factsByItem(items, [fact({ id: "f" }), fact({ id: "g", source_ref: "b" })]);
  expect([...found].map(([item, { id }]) => [item, id])).toEqual([
    ["a", "f"],
    ["b", "g"],
  ]);
});

test("only what differs is sent of an edit; an emptied summary removes it", () => {
  const known = { text: "It prints.", source_summary: "rules out toner" };
  expect(factChange(known, { text: " It prints. ", summary: "rules out toner" })).toBeNull();
  expect(factChange(known, { text: "It prints again.", summary: "" })).toEqual({
    text: "It prints again.",
    summary: "",
  });
});

test("an unreadable stored edit is no edit", () => {
  expect([parseFactDraft(""), parseFactDraft("{"), parseFactDraft('{"text":1}')]).toEqual([null, null, null]);
});
