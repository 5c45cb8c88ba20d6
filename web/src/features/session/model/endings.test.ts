import { expect, test } from "vitest";
import type { PreviewAnswer } from "@/api/generated";
import { fix, session } from "@/test/builders";
import { canConfirm, countsAsWorked, destination, noteLimit, origin, whyNotConfirm } from "./endings";

const preview = (change: Partial<PreviewAnswer> = {}): PreviewAnswer => ({
  markdown: "## Problem",
  from_cache: false,
  generated_by: "model",
  state_version: 7,
  target_ticket_ref: "48291",
  ...change,
});
const linked = session({ psa_ticket_id: "48291" });

test.each([
  [
    "a ticket with a target",
    linked,
    preview({ target_status: "Resolved" }),
    /#48291 · status becomes “Resolved”/,
  ],
  ["a ticket without a target", linked, preview(), /#48291 · the status stays as it is/],
  ["no ticket", session(), preview({ target_ticket_ref: null }), /No ticket is linked/],
  ["an account that keeps notes", linked, preview({ target_ticket_ref: null }), /keeps notes here.*#48291/],
  [
    "what was posted",
    linked,
    preview({ confirmed: true, target_status: "Closed" }),
    /Posted to ticket #48291 · status “Closed”/,
  ],
  [
    "what was kept",
    session(),
    preview({ confirmed: true, target_ticket_ref: null }),
    /Kept with this session/,
  ],
  ["a preview that is not there yet", linked, undefined, /^Goes to ticket #48291$/],
])("where it goes: %s", (_, given, answer, words) => {
  expect(destination(given, answer).join(" · ")).toMatch(words);
});

test("a status chosen by the engineer is the one that is told, until it was confirmed", () => {
  const given = preview({ target_status: "Resolved" });
  expect(destination(linked, given, "Waiting").join(" · ")).toMatch(/status becomes “Waiting”$/);
  const posted = preview({ confirmed: true, target_status: "Closed" });
  expect(destination(linked, posted, "Waiting").join(" · ")).toMatch(/status “Closed”$/);
});

test("who wrote it is said, and nothing of it once it was confirmed", () => {
  expect(origin(preview())).toBe("fresh · v7 · written by the model");
  expect(origin(preview({ generated_by: "renderer", from_cache: true }))).toBe(
    "cached · v7 · written without the model",
  );
  expect(origin(preview({ generated_by: null, from_cache: true }))).toBe("cached · v7");
});

test("only a run that nobody judged counts as worked", () => {
  const applied_at = "2026-03-02T14:00:00+00:00";
  expect(countsAsWorked(fix({ applied_at }))).toBe("Reset the print spooler");
  expect(countsAsWorked(fix())).toBeNull();
  expect(countsAsWorked(fix({ applied_at, status: "applied_partial" }))).toBeNull();
  expect(countsAsWorked(fix({ applied_at, superseded_at: applied_at }))).toBeNull();
  expect(countsAsWorked(null)).toBeNull();
});

test("an empty or overlong text says why it cannot be confirmed", () => {
  expect(whyNotConfirm(" \n", "note")).toBe("The note is empty.");
  expect(whyNotConfirm("x".repeat(noteLimit), "note")).toBeNull();
  expect(whyNotConfirm("x".repeat(noteLimit + 1), "package")).toBe(
    "The package has 20,001 characters; 20,000 are allowed.",
  );
});

test("an escalated session can be resolved, a resolved one escalated, an abandoned one neither", () => {
  expect(canConfirm("resolution_note", "escalated")).toBe(true);
  expect(canConfirm("escalation_package", "escalated")).toBe(false);
  expect(canConfirm("escalation_package", "resolved")).toBe(true);
  expect(canConfirm("resolution_note", "resolved")).toBe(false);
  expect(canConfirm("resolution_note", "abandoned")).toBe(false);
});
