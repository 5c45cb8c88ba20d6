import { describe, expect, test } from "vitest";
import { fix } from "@/test/builders";
import { toBanner } from "./banner";

const appliedAt = "2026-03-02T14:24:00+00:00";

describe("the banner follows the fix", () => {
  test.each([
    ["a new proposal", fix(), "proposed"],
    ["one that was run", fix({ applied_at: appliedAt }), "verifying"],
    [
      "one done in part",
      fix({ status: "applied_partial", applied_at: appliedAt, partial_notes: "half" }),
      "partial",
    ],
    ["one that worked", fix({ status: "applied_success", applied_at: appliedAt }), "worked"],
    [
      "one whose outcome the pilot read from the chat",
      fix({ applied_at: appliedAt, ai_outcome_proposal: { outcome: "success", reason: "It prints again." } }),
      "detected",
    ],
  ])("%s", (_name, given, kind) => {
    expect(toBanner(given, "active")?.kind).toBe(kind);
  });

  test.each([
    ["no fix", null],
    ["a dismissed fix", fix({ status: "dismissed" })],
    ["a failed fix", fix({ status: "applied_failed", applied_at: appliedAt })],
    ["a superseded fix", fix({ superseded_at: appliedAt })],
  ])("%s has no banner", (_name, given) => {
    expect(toBanner(given, "active")).toBeNull();
  });

  test("a closed session has no banner, whatever its fix", () => {
    expect(toBanner(fix(), "resolved")).toBeNull();
    expect(toBanner(fix(), "abandoned")).toBeNull();
  });

  test("a final fix is not asked about again because of an old reading of the chat", () => {
    const given = fix({ status: "applied_success", ai_outcome_proposal: { outcome: "failure", reason: "" } });
    expect(toBanner(given, "active")?.kind).toBe("worked");
  });
});
