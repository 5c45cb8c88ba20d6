import { expect, test } from "vitest";
import type { WritebackResource } from "@/api/generated";
import { toSteps } from "./writeback";

const writeback = (change: Partial<WritebackResource>): WritebackResource => ({
  number: 1,
  kind: "resolution_note",
  state: "running",
  step: "post_note",
  ticket_ref: "48291",
  ...change,
});
const states = (given: WritebackResource | null, posting = false) =>
  toSteps(given, posting).map((step) => step.state);

test("the first step runs as soon as Confirm was clicked", () => {
  expect(states(null, true)).toEqual(["running", "waiting", "waiting"]);
});

test("steps that are behind are done, the present one runs", () => {
  expect(states(writeback({ step: "verify" }), true)).toEqual(["done", "done", "running"]);
});

test("a verified writeback has all steps done", () => {
  expect(states(writeback({ state: "done", step: "record" }))).toEqual(["done", "done", "done"]);
});

test("a status that did not move fails at the verification, with the note done", () => {
  expect(states(writeback({ state: "unverified", step: "verify" }))).toEqual(["done", "done", "failed"]);
});

test("a retry starts over in the display, whatever the last attempt reached", () => {
  expect(states(writeback({ state: "failed", step: "set_status" }), true)).toEqual([
    "running",
    "waiting",
    "waiting",
  ]);
});
