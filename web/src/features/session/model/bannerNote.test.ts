import { expect, test } from "vitest";
import type { OutcomeProposal } from "@/api/generated";
import { fix } from "@/test/builders";
import { toBanner, type BannerView } from "./banner";
import { initialNote, notePlace, preselected, takesNote } from "./bannerNote";

const run = { applied_at: "2026-03-02T14:24:00+00:00", partial_notes: "half" };

function view(change: Parameters<typeof fix>[0]): BannerView {
  const banner = toBanner(fix(change), "active");
  if (!banner) throw new Error("there is no banner");
  return banner;
}

const read = (outcome: OutcomeProposal["outcome"]) =>
  view({ ...run, ai_outcome_proposal: { outcome, reason: "still broken" } });

test.each([
  ["success", null, "", "half"],
  ["failure", "applied_failed", "still broken", "half"],
  ["partial", "applied_partial", "", "still broken"],
] as const)(
  "what the pilot read as %s is chosen already, with its reason",
  (outcome, chosen, failed, partial) => {
    expect(preselected(read(outcome))).toBe(chosen);
    expect(initialNote(read(outcome), "applied_failed")).toBe(failed);
    expect(initialNote(read(outcome), "applied_partial")).toBe(partial);
  },
);

test("editing starts with the note that is there", () => {
  const partial = view({ ...run, status: "applied_partial" });
  expect(initialNote(partial, "applied_partial")).toBe("half");
  expect(initialNote(partial, "applied_failed")).toBe("");
  expect(preselected(partial)).toBeNull();
});

test("a note left open shows only where its outcome can be recorded", () => {
  expect(takesNote(view({}))).toBe(false);
  expect(takesNote(view({ ...run, status: "applied_success" }))).toBe(false);
  expect(takesNote(view(run))).toBe(true);
  expect(takesNote(read("success"))).toBe(true);
});

test("a draft belongs to one fix and one outcome", () => {
  const places = [
    notePlace("a", "applied_failed"),
    notePlace("a", "applied_partial"),
    notePlace("b", "applied_failed"),
  ];
  expect(new Set(places).size).toBe(3);
});
