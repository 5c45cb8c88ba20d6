import type { FixResource, OutcomeProposal, SessionResource } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";

interface Named {
  fixId: string;
  title: string;
}

/** What the banner above the composer shows. A fix that is superseded, dismissed or failed has no banner. */
export type BannerView =
  | ({ kind: "proposed"; description: string; confidence: number; matchesTemplate: boolean } & Named)
  | ({ kind: "verifying"; appliedAt: string; notes: string } & Named)
  | ({ kind: "nudge"; notes: string } & Named)
  | ({ kind: "partial"; notes: string } & Named)
  | ({
      kind: "detected";
      outcome: OutcomeProposal["outcome"];
      reason: string;
      /** The engineer's message it was read from. */
      messageId: string | null;
      notes: string;
    } & Named)
  | ({ kind: "worked"; verifiedAt: string | null } & Named);

export type BannerOf<Kind extends BannerView["kind"]> = Extract<BannerView, { kind: Kind }>;

export function toBanner(
  fix: FixResource | null | undefined,
  status: SessionResource["status"],
): BannerView | null {
  if (!fix || fix.superseded_at || isClosed(status)) return null;
  const named: Named = { fixId: fix.id, title: fix.title };
  // Finishing a partial fix keeps its notes, so they can stand in more states than the partial one.
  const notes = fix.partial_notes ?? "";
  const open = fix.status === "proposed" || fix.status === "applied_partial";
  if (open && fix.ai_outcome_proposal) {
    const { outcome, reason, message_id: messageId } = fix.ai_outcome_proposal;
    return { kind: "detected", outcome, reason, messageId: messageId ?? null, notes, ...named };
  }
  if (fix.status === "applied_partial") return { kind: "partial", notes, ...named };
  if (fix.status === "applied_success")
    return { kind: "worked", verifiedAt: fix.verified_at ?? null, ...named };
  if (fix.status !== "proposed") return null;
  if (fix.applied_at) {
    return fix.nudge?.due
      ? { kind: "nudge", notes, ...named }
      : { kind: "verifying", appliedAt: fix.applied_at, notes, ...named };
  }
  return {
    kind: "proposed",
    description: fix.description,
    confidence: fix.confidence_pct,
    matchesTemplate: scriptPath(fix) === "template",
    ...named,
  };
}

/** Where the script of a fix comes from, and so which surface offers it. */
export type ScriptPath = "template" | "drafted" | "none";

export function scriptPath(fix: FixResource): ScriptPath {
  if (fix.script_template_id) return "template";
  return fix.ai_drafted_script ? "drafted" : "none";
}

/** What is said aloud when a state begins that waits for the engineer. */
export function bannerAnnouncement(view: BannerView): string | null {
  switch (view.kind) {
    case "proposed":
      return `Suggested fix: ${view.title}. ${view.confidence}% confidence.`;
    case "detected":
      return `${detectedTitle(view)} Confirm it above the composer.`;
    case "nudge":
      return `Did “${view.title}” work?`;
    default:
      return null;
  }
}

export function detectedTitle({ outcome, title }: BannerOf<"detected">): string {
  return {
    success: `The pilot thinks “${title}” resolved the issue.`,
    failure: `The pilot thinks “${title}” did not help.`,
    partial: `The pilot thinks “${title}” was done in part.`,
  }[outcome];
}
