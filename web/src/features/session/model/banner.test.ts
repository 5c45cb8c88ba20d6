import { describe, expect, test } from "vitest";
import type { FixResource } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";
import { fix, sessionStatuses } from "@/test/builders";
import { bannerAnnouncement, scriptPath, toBanner, type BannerView } from "./banner";

const at = "2026-03-02T14:24:00+00:00";
const due = { messages_since_apply: 3, silenced_until: null, due: true };
const silent = { messages_since_apply: 4, silenced_until: 7, due: false };
const reading = { outcome: "success" as const, reason: "It prints again.", message_id: "m" };

type Row = [
  name: string,
  change: Partial<FixResource>,
  kind: BannerView["kind"] | null,
  afterReading: BannerView["kind"] | null,
];

/** Each row as it is, and as it is once the pilot has read an outcome from the conversation. */
const table: Row[] = [
  ["a new proposal", {}, "proposed", "detected"],
  ["one that was run", { applied_at: at }, "verifying", "detected"],
  ["one whose reminder is due", { applied_at: at, nudge: due }, "nudge", "detected"],
  ["one whose reminder is silenced", { applied_at: at, nudge: silent }, "verifying", "detected"],
  ["one done in part", { status: "applied_partial", applied_at: at }, "partial", "detected"],
  [
    "one done in part, with an old reminder",
    { status: "applied_partial", applied_at: at, nudge: due },
    "partial",
    "detected",
  ],
  ["one being finished", { applied_at: at, partial_notes: "half" }, "verifying", "detected"],
  ["one that worked", { status: "applied_success", applied_at: at }, "worked", "worked"],
  ["one that failed", { status: "applied_failed", applied_at: at }, null, null],
  ["a dismissed one", { status: "dismissed" }, null, null],
  ["a dismissed one that was run", { status: "dismissed", applied_at: at }, null, null],
  ["a replaced one", { superseded_at: at }, null, null],
  ["a replaced one that was run", { superseded_at: at, applied_at: at, nudge: due }, null, null],
];

describe("the banner follows the fix, in every status of the session", () => {
  test.each(table)("%s", (_name, change, kind, afterReading) => {
    const read = { ...change, ai_outcome_proposal: reading };
    for (const status of sessionStatuses) {
      const shown = [change, read].map((given) => toBanner(fix(given), status)?.kind ?? null);
      expect({ status, shown }).toEqual({
        status,
        shown: isClosed(status) ? [null, null] : [kind, afterReading],
      });
    }
  });

  test("no fix, no banner", () => {
    expect(toBanner(null, "active")).toBeNull();
    expect(toBanner(undefined, "active")).toBeNull();
  });
});

test("the note of a partial fix goes along through finishing it and what the pilot reads", () => {
  const half = { applied_at: at, partial_notes: "half" };
  expect(toBanner(fix(half), "active")).toMatchObject({ kind: "verifying", appliedAt: at, notes: "half" });
  expect(toBanner(fix({ ...half, nudge: due }), "active")).toMatchObject({ kind: "nudge", notes: "half" });
  expect(toBanner(fix({ ...half, ai_outcome_proposal: reading }), "active")).toMatchObject({
    notes: "half",
    reason: "It prints again.",
    messageId: "m",
  });
});

test.each([
  [fix({ script_template_id: "t", ai_drafted_script: "x" }), "template"],
  [fix({ ai_drafted_script: "x" }), "drafted"],
  [fix(), "none"],
])("a script comes from the library, from the pilot, or is still to be made", (given, path) => {
  expect(scriptPath(given)).toBe(path);
  expect(toBanner(given, "active")).toMatchObject({ matchesTemplate: path === "template" });
});

test.each([
  [fix(), /^Suggested fix: Reset the print spooler\. 80% confidence\.$/],
  [fix({ applied_at: at, nudge: due }), /^Did “Reset the print spooler” work\?$/],
  [fix({ applied_at: at, ai_outcome_proposal: reading }), /resolved the issue\. Confirm/],
])("what waits for the engineer is said aloud", (given, words) => {
  const view = toBanner(given, "active");
  expect(view && bannerAnnouncement(view)).toMatch(words);
});

test("what the engineer has just done is not said back", () => {
  const view = toBanner(fix({ applied_at: at }), "active");
  expect(view && bannerAnnouncement(view)).toBeNull();
});
