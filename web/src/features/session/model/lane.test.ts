import { expect, test } from "vitest";
import { laneItem } from "@/test/builders";
import { toLane } from "./lane";

test("open items stand before answered ones, and set-aside ones apart", () => {
  const lane = toLane(
    [
      laneItem({ id: "a", status: "answered" }),
      laneItem({ id: "b" }),
      laneItem({ id: "c", status: "set_aside" }),
      laneItem({ id: "d", kind: "check", status: "answered" }),
      laneItem({ id: "e", kind: "check" }),
    ],
    [],
  );
  expect(lane.questions.map((item) => item.id)).toEqual(["b", "a"]);
  expect(lane.checks.map((item) => item.id)).toEqual(["e", "d"]);
  expect(lane.setAside.map((item) => item.id)).toEqual(["c"]);
});

test("the counts say what is unanswered and what was run; skipped checks were not run", () => {
  const lane = toLane(
    [
      laneItem({ id: "a" }),
      laneItem({ id: "b", status: "skipped" }),
      laneItem({ id: "c", kind: "check", status: "skipped" }),
      laneItem({ id: "d", kind: "check", status: "answered" }),
    ],
    [],
  );
  expect(lane).toMatchObject({ openQuestions: 1, checksRun: 1, open: 1 });
});
