import { expect, test } from "vitest";
import type { SessionRow } from "@/api/generated";
import { groupSessions, neighbour, stopOf } from "./sessionList";

function row(id: string, status: SessionRow["session"]["status"]): SessionRow {
  return { engineer_name: "Ada", session: { id, status } as SessionRow["session"] };
}

const rows = [row("a", "resolved"), row("b", "active"), row("c", "escalated"), row("d", "paused")];

test("sessions being worked stand apart from those that ended, each in its order", () => {
  const { active, recent } = groupSessions(rows);
  expect(active.map(({ session }) => session.id)).toEqual(["b", "d"]);
  expect(recent.map(({ session }) => session.id)).toEqual(["a", "c"]);
});

test("next and previous follow the list and end where it ends", () => {
  expect(neighbour(rows, "b", 1)).toBe("c");
  expect(neighbour(rows, "b", -1)).toBe("a");
  expect(neighbour(rows, "d", 1)).toBeNull();
  expect(neighbour(rows, "a", -1)).toBeNull();
});

test("from a session that is not listed, next is the first one", () => {
  expect(neighbour(rows, "elsewhere", 1)).toBe("a");
  expect(neighbour(rows, "elsewhere", -1)).toBeNull();
});

test("the keyboard enters the list at the present session, else at the first one shown", () => {
  expect(stopOf(rows, "c")).toBe("c");
  expect(stopOf(rows, "elsewhere")).toBe("b");
  expect(stopOf([], "c")).toBeNull();
});
