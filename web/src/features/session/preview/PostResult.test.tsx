import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { SessionResource, WritebackResource } from "@/api/generated";
import { session } from "@/test/builders";
import { PostResult } from "./PostResult";

function shown(status: SessionResource["status"], change: Partial<WritebackResource>, error: unknown = null) {
  const writeback: WritebackResource = {
    number: 1,
    kind: "resolution_note",
    state: "done",
    step: "record",
    ticket_ref: "48291",
    ...change,
  };
  render(
    <PostResult
      kind="resolution_note"
      session={session({ status, psa_ticket_id: "48291", writeback })}
      error={error}
      running={false}
    />,
  );
}

test("a status that was left alone is said with its reason, not as what it is now", () => {
  shown("resolved", { observed: "New", status_transition_skipped_reason: "The board has no such status." });
  expect(screen.getByRole("status").textContent).toContain(
    "The status was not changed: The board has no such status.",
  );
  expect(screen.getByRole("status").textContent).not.toContain("“New”");
});

test("time that could not be logged is said, and that the note stands", () => {
  shown("resolved", { time_error: { code: "psa_rejected", detail: "A work role is required." } });
  const words = screen.getByRole("status").textContent;
  expect(words).toContain("Verified on ticket #48291");
  expect(words).toContain("The time was not logged: A work role is required. psa_rejected The note is not");
});

test("time that was logged is said", () => {
  shown("resolved", { logged_minutes: 75 });
  expect(screen.getByRole("status").textContent).toContain("1 h 15 min logged.");
});

test("an unverified status is said with both statuses, also when nobody clicked just now", () => {
  shown("active", {
    state: "unverified",
    step: "verify",
    expected: "Resolved",
    observed: "In Progress",
    error: { code: "status_unverified", detail: "A required field may be empty." },
  });
  expect(screen.getByRole("alert").textContent).toContain("A required field may be empty.");
  expect(screen.getByText(/Expected “Resolved”, the ticket shows “In Progress”/)).toBeTruthy();
});

test("an update that failed is not the note's result", () => {
  shown("active", { kind: "update_client", state: "failed", error: { code: "x", detail: "Refused." } });
  expect(screen.queryByRole("alert")).toBeNull();
});

test("after a conflict stands where the session is now", () => {
  shown("abandoned", {}, { status: 409, code: "session_closed", detail: "The session is abandoned." });
  expect(screen.getByRole("alert").textContent).toContain("session_closed");
  expect(screen.getByText(/now stands at “Abandoned”/)).toBeTruthy();
});
