import { expect, test } from "vitest";
import { bestMatches, score } from "./match";

test("every word typed must be found, in any order", () => {
  expect(score("note preview", "Preview the resolution note")).toBeGreaterThan(0);
  expect(score("note printer", "Preview the resolution note")).toBe(0);
});

test("the start of a word counts more than its middle", () => {
  const found = bestMatches("res", ["Share the address", "Resume the session"], (text) => text);
  expect(found).toEqual(["Resume the session", "Share the address"]);
});

test("case, accents and punctuation make no difference", () => {
  expect(score("MULLER", "Müller GmbH")).toBeGreaterThan(0);
  expect(score("#48291", "Outlook 48291")).toBeGreaterThan(0);
});

test("nothing typed finds everything in its order", () => {
  expect(bestMatches("  ", ["b", "a"], (text) => text)).toEqual(["b", "a"]);
});
