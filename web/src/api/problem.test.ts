import { expect, test } from "vitest";
import { asProblem, isRetryable } from "./problem";

test("a problem document keeps its words, code, fields and extra members", () => {
  const problem = asProblem({
    type: "about:blank",
    title: "Bad",
    status: 502,
    code: "psa_status_unverified",
    detail: "The ticket does not show the change.",
    errors: [{ field: "body.text", code: "blank", detail: "The text is empty" }],
    expected: "Resolved",
  });
  expect(problem).toMatchObject({
    code: "psa_status_unverified",
    fields: [{ name: "body.text", message: "The text is empty" }],
    extra: { expected: "Resolved" },
  });
});

test("no answer at all is said as such and may be retried", () => {
  const problem = asProblem(new TypeError("Failed to fetch"));
  expect(problem.code).toBe("network_unreachable");
  expect(isRetryable(problem)).toBe(true);
});

test.each([
  [400, false],
  [404, false],
  [409, false],
  [422, false],
  [408, true],
  [429, true],
  [503, true],
])("status %i is retried: %s", (status, expected) => {
  expect(isRetryable(asProblem({ status, code: "x", detail: "y" }))).toBe(expected);
});

test("a defect of the page itself is not retried as if the network were away", () => {
  expect(isRetryable(asProblem(new Error("boom")))).toBe(false);
});
