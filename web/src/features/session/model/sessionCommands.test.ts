import { expect, test } from "vitest";
import type { SessionStatus } from "@/shared/lib/sessionStatus";
import { possibleCommands as possible } from "./sessionCommands";

const possibleCommands = (status: SessionStatus, hasTicket: boolean) =>
  possible(status, { hasTicket, hasFix: true });

test("an active session can be paused, a paused one resumed, never both", () => {
  expect(possibleCommands("active", true)).toContain("pause");
  expect(possibleCommands("active", true)).not.toContain("resume");
  expect(possibleCommands("paused", true)).toContain("resume");
  expect(possibleCommands("paused", true)).not.toContain("pause");
});

test("an update is shared only where there is a ticket to put it on", () => {
  expect(possibleCommands("active", false)).not.toContain("shareUpdate");
  expect(possibleCommands("active", true)).toContain("shareUpdate");
});

test.each(["resolved", "abandoned", "escalated"] as const)(
  "what changes a session is absent once it is %s",
  (status) => {
    const offered = possibleCommands(status, true);
    for (const change of ["composer", "addNote", "escalate", "pause", "linkTicket", "abandon"] as const)
      expect(offered).not.toContain(change);
  },
);

test("a session being escalated is not escalated or paused again", () => {
  expect(possibleCommands("requesting_escalation", true)).not.toContain("escalate");
  expect(possibleCommands("requesting_escalation", true)).not.toContain("pause");
});

test("one goes to the suggested fix only when there is one", () => {
  expect(possible("active", { hasTicket: true, hasFix: false })).not.toContain("fix");
  expect(possible("active", { hasTicket: true, hasFix: true })).toContain("fix");
});
