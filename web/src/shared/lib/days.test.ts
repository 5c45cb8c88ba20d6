import { expect, test } from "vitest";
import { dayLabel } from "./days";

const now = new Date(2026, 2, 2, 0, 30);

test("days are named as people name them", () => {
  expect(dayLabel(new Date(2026, 2, 2, 0, 5).toISOString(), now)).toBe("Today");
  expect(dayLabel(new Date(2026, 2, 1, 23, 55).toISOString(), now)).toBe("Yesterday");
  expect(dayLabel(new Date(2026, 1, 20).toISOString(), now)).toMatch(/20/);
  expect(dayLabel(new Date(2026, 1, 20).toISOString(), now)).not.toMatch(/2026/);
});

test("a day of another year says so", () => {
  expect(dayLabel(new Date(2025, 11, 31).toISOString(), now)).toMatch(/2025/);
});
