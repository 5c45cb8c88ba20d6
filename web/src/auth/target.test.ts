import { expect, test } from "vitest";
import { safeTarget } from "./target";

test("login leads back to the page asked for", () => {
  expect(safeTarget("/pilot/1?x=2")).toBe("/pilot/1?x=2");
});

test.each([null, "", "https://evil.example", "//evil.example", "/\\evil.example", "/login?next=/login"])(
  "login never leads elsewhere (%s)",
  (next) => {
    expect(safeTarget(next)).toBe("/");
  },
);
