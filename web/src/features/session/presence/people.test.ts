import { expect, test } from "vitest";
import { hereToo, joined, othersHere } from "./people";

const sam = { user_id: "s", name: "Sam Carter" };
const ada = { user_id: "a", name: "Ada Byron" };
const me = { user_id: "m", name: "Mo Davis" };

test("oneself is not somebody else, and two tabs are one person", () => {
  expect(othersHere([sam, me, ada, sam], "m")).toEqual([ada, sam]);
  expect(othersHere([me, me], "m")).toEqual([]);
});

test("who is here is one plain sentence", () => {
  expect(hereToo([])).toBe("");
  expect(hereToo([sam])).toBe("Sam Carter is here too");
  expect(hereToo([ada, sam, me])).toBe("Ada Byron, Sam Carter and Mo Davis are here too");
});

test("only who was not there before has joined", () => {
  expect(joined([sam], [ada, sam])).toEqual([ada]);
  expect(joined([ada, sam], [sam])).toEqual([]);
});
