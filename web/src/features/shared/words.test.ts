import { describe, expect, it } from "vitest";
import { describeFix, describeItem } from "./words";

describe("a shared session in words", () => {
  it("tells of every fix how it went", () => {
    const at = "2026-03-02T09:30:00Z";
    const told = (status: Parameters<typeof describeFix>[0]["status"], applied = false, superseded = false) =>
      describeFix({ status, superseded, applied_at: applied ? at : null });
    expect(told("applied_success", true)).toBe("It worked");
    expect(told("applied_failed", true)).toBe("Tried, did not work");
    expect(told("applied_partial", true)).toBe("Done in part");
    expect(told("dismissed")).toBe("Dismissed");
    expect(told("proposed")).toBe("Proposed");
    expect(told("proposed", true)).toBe("Applied, being verified");
    expect(told("proposed", false, true)).toBe("Replaced before it was tried");
    expect(told("proposed", true, true)).toBe("Tried, outcome not recorded");
  });

  it("tells of every item what it is and where it stands", () => {
    expect(describeItem({ kind: "question", status: "set_aside" })).toBe("Question · set aside");
    expect(describeItem({ kind: "check", status: "answered" })).toBe("Check · answered");
  });
});
