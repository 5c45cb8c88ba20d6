import { expect, test } from "vitest";
import type { FixResource } from "@/api/generated";
import { fix, message } from "@/test/builders";
import { toConversation } from "./conversation";
import { isReplacement, replacedWithoutOutcome, withReplacedFixes } from "./replacedFixes";

const minute = (n: number) => `2026-03-02T14:${String(n).padStart(2, "0")}:00+00:00`;
const replaced = (change: Partial<FixResource> = {}) =>
  fix({ id: "old", applied_at: minute(2), superseded_at: minute(4), ...change });
const open = new Set<string>();

test.each([
  ["run, then replaced", replaced(), true],
  ["replaced before it was run", replaced({ applied_at: null }), false],
  ["still the active one", replaced({ superseded_at: null }), false],
  ["known to have worked", replaced({ status: "applied_success" }), false],
  ["known to have failed", replaced({ status: "applied_failed" }), false],
  ["known to be done in part", replaced({ status: "applied_partial" }), false],
])("a fix %s is asked about: %s", (_name, given, asked) => {
  expect(replacedWithoutOutcome([fix(), given], open)).toEqual(asked ? [given] : []);
});

test("a question closed by the engineer is not asked again, and the oldest comes first", () => {
  const history = [replaced({ id: "c" }), replaced({ id: "b" }), replaced({ id: "a" })];
  expect(replacedWithoutOutcome(history, new Set(["b"])).map(({ id }) => id)).toEqual(["a", "c"]);
});

test("a proposal is new only when another one was replaced", () => {
  expect(isReplacement([fix({ id: "new" }), replaced()], "new")).toBe(true);
  expect(isReplacement([fix({ id: "new" }), fix({ id: "old", status: "dismissed" })], "new")).toBe(false);
  expect(isReplacement([], "new")).toBe(false);
});

test("the question stands where the conversation was when the fix was replaced", () => {
  const messages = [1, 3, 5].map((n) => message({ seq: n, created_at: minute(n) }));
  const { rows } = toConversation(messages, [], null);
  const keys = (fixes: FixResource[]) => withReplacedFixes("s", rows, messages, fixes).map(({ key }) => key);
  expect(keys([])).toEqual(["message-1", "message-3", "message-5"]);
  expect(keys([replaced()])).toEqual(["message-1", "message-3", "replaced-old", "message-5"]);
  expect(keys([replaced(), replaced({ id: "two" })])).toEqual([
    "message-1",
    "message-3",
    "replaced-old",
    "replaced-two",
    "message-5",
  ]);
  expect(keys([replaced({ superseded_at: minute(0) })])[0]).toBe("replaced-old");
});
