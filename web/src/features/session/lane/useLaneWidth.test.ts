import { expect, test } from "vitest";
import { clampWidth } from "./useLaneWidth";

test("the lane is never narrower or wider than it can be used, and usual where nothing is remembered", () => {
  expect([clampWidth(10), clampWidth(333.4), clampWidth(9999), clampWidth(Number.NaN)]).toEqual([
    300, 333, 560, 380,
  ]);
});
