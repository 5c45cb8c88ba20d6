import { expect, test } from "vitest";
import { fact } from "@/test/builders";
import { factRows, parseDeleted, toDeleted } from "./laneDeleted";

const at = (minute: number) => `2026-03-02T14:0${minute}:00+00:00`;
const second = fact({ id: "f2", created_at: at(2) });
const facts = [fact({ id: "f1", created_at: at(1) }), second, fact({ id: "f3", created_at: at(3) })];

test("a fresh deletion stands where its fact stood, also before the list was read again", () => {
  const deleted = toDeleted(second);
  const ids = new Set([deleted.id]);
  const order = (list: typeof facts) =>
    factRows(list, [deleted], ids).map((row) => (row.kind === "fact" ? row.fact.id : "deleted"));
  expect(order(facts)).toEqual(["f1", "deleted", "f3"]);
  expect(order(facts.filter(({ id }) => id !== "f2"))).toEqual(["f1", "deleted", "f3"]);
});

test("an older deletion is not among the facts", () => {
  expect(factRows(facts, [], new Set(["f2"]))).toHaveLength(2);
});

test("unreadable stored deletions are none", () => {
  expect([parseDeleted(""), parseDeleted("{oops"), parseDeleted("{}")]).toEqual([[], [], []]);
});
