import type { FixResource, SessionResource } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";

interface Named {
  fixId: string;
  title: string;
}

/** What the banner above the composer shows. A fix that is superseded, dismissed or failed has no banner. */
export type BannerView =
  | ({ kind: "proposed"; description: string; confidence: number; matchesTemplate: boolean } & Named)
  | ({ kind: "verifying"; appliedAt: string } & Named)
  | ({ kind: "partial"; notes: string } & Named)
  | ({ kind: "detected"; outcome: "success" | "failure" | "partial"; reason: string } & Named)
  | ({ kind: "worked"; verifiedAt: string | null } & Named);

export function toBanner(
  fix: FixResource | null | undefined,
  status: SessionResource["status"],
): BannerView | null {
  if (!fix || fix.superseded_at || isClosed(status)) return null;
  const named: Named = { fixId: fix.id, title: fix.title };
  const open = fix.status === "proposed" || fix.status === "applied_partial";
  if (open && fix.ai_outcome_proposal) {
    const { outcome, reason } = fix.ai_outcome_proposal;
    return { kind: "detected", outcome, reason, ...named };
  }
  if (fix.status === "applied_partial") return { kind: "partial", notes: fix.partial_notes ?? "", ...named };
  if (fix.status === "applied_success")
    return { kind: "worked", verifiedAt: fix.verified_at ?? null, ...named };
  if (fix.status !== "proposed") return null;
  if (fix.applied_at) return { kind: "verifying", appliedAt: fix.applied_at, ...named };
  return {
    kind: "proposed",
    description: fix.description,
    confidence: fix.confidence_pct,
    matchesTemplate: Boolean(fix.script_template_id),
    ...named,
  };
}
