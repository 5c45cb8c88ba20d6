import { expect, test } from "vitest";
import { sessionStatuses } from "@/test/builders";
import { headerActions } from "./headerActions";

test.each(sessionStatuses)(
  "a session that is %s offers something at every width, and never loses it",
  (status) => {
    const wide = headerActions(status, 1000);
    for (const width of [320, 500, 700]) {
      const { shown, more } = headerActions(status, width);
      expect(shown.length).toBeGreaterThan(0);
      expect([...shown, ...more].toSorted()).toEqual([...wide.shown, ...wide.more].toSorted());
    }
  },
);

test("the update goes into the menu first, then the pause; the endings stay", () => {
  expect(headerActions("active", 700).shown).toEqual(["pause", "shareUpdate", "escalate", "resolve"]);
  expect(headerActions("active", 540).shown).toEqual(["pause", "escalate", "resolve"]);
  expect(headerActions("active", 360).shown).toEqual(["escalate", "resolve"]);
});
