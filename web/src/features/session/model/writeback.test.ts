import { expect, test } from "vitest";
import type { WritebackResource } from "@/api/generated";
import { minutesInWords, toSteps } from "./writeback";

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

test("time that is logged is a step of its own", () => {
  const steps = toSteps(writeback({ step: "log_time" }), false);
  expect(steps.map((step) => step.label)).toEqual([
    "Posting the note",
    "Logging the time",
    "Setting the status",
    "Verifying on the ticket",
  ]);
  expect(steps.map((step) => step.state)).toEqual(["done", "running", "waiting", "waiting"]);
  expect(states(writeback({ step: "verify", logged_minutes: 15 }))).toEqual([
    "done",
    "done",
    "done",
    "running",
  ]);
});

test("time that could not be logged fails alone", () => {
  const time_error = { code: "psa_rejected", detail: "Work role is required" };
  expect(states(writeback({ state: "done", step: "record", time_error }))).toEqual([
    "done",
    "failed",
    "done",
    "done",
  ]);
  expect(states(writeback({ step: "set_status", time_error }))).toEqual([
    "done",
    "failed",
    "running",
    "waiting",
  ]);
});

test("a note that the ticketing system refused fails at the first step", () => {
  expect(states(writeback({ state: "failed", step: "post_note" }))).toEqual(["failed", "waiting", "waiting"]);
});

test.each([
  [5, "5 min"],
  [60, "1 h"],
  [95, "1 h 35 min"],
  [0, "0 min"],
])("%d minutes are %s", (minutes, words) => {
  expect(minutesInWords(minutes)).toBe(words);
});
