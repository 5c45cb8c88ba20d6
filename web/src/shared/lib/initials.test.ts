import { expect, test } from "vitest";
import { initials } from "./initials";

test.each([
  ["Marta Davis", "MD"],
  ["marta von davis", "MD"],
  ["Cher", "C"],
  ["Åsa Öberg", "ÅÖ"],
  ["  ", ""],
])("%s is shown as %s", (name, letters) => expect(initials(name)).toBe(letters));
