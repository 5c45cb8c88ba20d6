import { expect, test } from "vitest";
import { session } from "@/test/builders";
import { opensByItself } from "./briefing";

test.each([
  ["waiting, for a colleague", "escalated", "escalator", true],
  ["waiting, for whoever escalated it", "escalated", "me", false],
  ["picked up by this engineer", "active", "me", true],
  ["picked up by a colleague", "active", "colleague", false],
  ["resolved since", "resolved", "me", false],
] as const)("the briefing of a session that is %s opens by itself: %s %s %s", (_, status, engineer, open) => {
  expect(opensByItself(session({ status, engineer_id: engineer }), "me")).toBe(open);
});
