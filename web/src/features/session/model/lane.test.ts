import { expect, test } from "vitest";
import { fix, laneItem, message } from "@/test/builders";
import { commandBlock, dismissedFixes, earlierItems, isDraftingFacts, nextOpenItem, toLane } from "./lane";

test("open items stand before answered ones, and set-aside ones apart", () => {
  const lane = toLane([
    laneItem({ id: "a", status: "answered" }),
    laneItem({ id: "b" }),
    laneItem({ id: "c", status: "set_aside" }),
    laneItem({ id: "d", kind: "check", status: "answered" }),
    laneItem({ id: "e", kind: "check" }),
  ]);
  expect(lane.questions.map((item) => item.id)).toEqual(["b", "a"]);
  expect(lane.checks.map((item) => item.id)).toEqual(["e", "d"]);
  expect(lane.setAside.map((item) => item.id)).toEqual(["c"]);
});

test("the counts say what is unanswered and what was run; skipped checks were not run", () => {
  const lane = toLane([
    laneItem({ id: "a" }),
    laneItem({ id: "b", status: "skipped" }),
    laneItem({ id: "c", kind: "check", status: "skipped" }),
    laneItem({ id: "d", kind: "check", status: "answered" }),
  ]);
  expect(lane).toMatchObject({ openQuestions: 1, checksRun: 1, open: 1 });
});

test("dismissed fixes can come back unless another fix has replaced them", () => {
  const fixes = [
    fix({ id: "a", status: "dismissed" }),
    fix({ id: "b", status: "dismissed", superseded_at: "2026-03-02T15:00:00+00:00" }),
    fix({ id: "c", status: "applied_failed" }),
  ];
  expect(dismissedFixes(fixes).map((one) => one.id)).toEqual(["a"]);
});

test("earlier items stand oldest first, and those that are in the lane again only there", () => {
  const page = (...ids: string[]) => ids.map((id) => laneItem({ id, status: "answered" }));
  const earlier = earlierItems([page("d", "c"), page("b", "a")], [laneItem({ id: "c" })]);
  expect(earlier.map((item) => item.id)).toEqual(["a", "b", "d"]);
});

test("the block of all commands names each check in a comment and leaves out those without a command", () => {
  const block = commandBlock([
    laneItem({ id: "a", text: "Ping the\ngateway", command: "ping 10.0.0.1" }),
    laneItem({ id: "b", text: "Look at the lamp" }),
    laneItem({ id: "c", text: "Spooler", command: "Get-Service Spooler\nGet-Printer" }),
  ]);
  expect(block).toBe(
    "# 1. Ping the gateway\nping 10.0.0.1\n\n# 2. Spooler\nGet-Service Spooler\nGet-Printer",
  );
});

test("facts are being drafted while the pilot works on answers, not on words or skips", () => {
  const answered = [{ item_id: "a", answer: "yes", skipped: false }];
  const skipped = [{ item_id: "a", skipped: true }];
  const drafting = (change: Parameters<typeof message>[0]) => isDraftingFacts([message(change)]);
  expect(drafting({ seq: 1, answers: answered, turn_state: "running" })).toBe(true);
  expect(drafting({ seq: 1, answers: answered, turn_state: "done" })).toBe(false);
  expect(drafting({ seq: 1, answers: skipped, turn_state: "running" })).toBe(false);
  expect(drafting({ seq: 1, turn_state: "running" })).toBe(false);
});

test("after an item was sent the work goes on below it, then above, and never at one on its way", () => {
  const order = ["a", "b", "c"].map((id) => laneItem({ id }));
  const next = (sent: string[], sending: string[] = []) => nextOpenItem(order, sent, new Set(sending))?.id;
  expect(next(["a"])).toBe("b");
  expect(next(["c"])).toBe("a");
  expect(next(["a"], ["b"])).toBe("c");
  expect(next(["a", "b", "c"])).toBeUndefined();
});
