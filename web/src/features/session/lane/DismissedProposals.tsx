import { RotateCcw, Sparkle } from "lucide-react";
import { memo } from "react";
import type { FixResource } from "@/api/generated";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { Spinner } from "@/shared/ui/Spinner";
import { useRestoreFix } from "../commands/lane";
import { dismissedFixes } from "../model/lane";
import { useFixHistory } from "../useFixHistory";
import { LaneSection } from "./LaneSection";

interface Props {
  sessionId: string;
  readOnly: boolean;
}

/** Proposals somebody put away, each with its way back. */
export const DismissedProposals = memo(function DismissedProposals({ sessionId, readOnly }: Props) {
  const { history, query } = useFixHistory(sessionId);
  const fixes = dismissedFixes(history);
  if (query.isError && !query.data) {
    return (
      <LaneSection title="Dismissed proposals" count="not read" tone="warning">
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
      </LaneSection>
    );
  }
  if (fixes.length === 0) return null;
  return (
    <LaneSection title="Dismissed proposals" count={`${fixes.length}`} tone="warning">
      <ul className="flex min-w-0 flex-col gap-1.5">
        {fixes.map((fix) => (
          <Dismissed key={fix.id} sessionId={sessionId} fix={fix} readOnly={readOnly} />
        ))}
      </ul>
    </LaneSection>
  );
});

function Dismissed({ sessionId, fix, readOnly }: { sessionId: string; fix: FixResource; readOnly: boolean }) {
  const restore = useRestoreFix(sessionId);
  return (
    <li className="flex min-w-0 flex-col gap-1.5">
      <div className="flex min-w-0 items-center gap-2 rounded-card border border-dashed border-line-hover py-1 pl-3 pr-1 text-[13px]">
        <Sparkle aria-hidden className="size-3.5 shrink-0 text-warning" />
        <span title={fix.title} className="min-w-0 flex-1 truncate text-primary">
          {fix.title}
        </span>
        <span className="shrink-0 font-mono text-[11px] text-muted-fg">{fix.confidence_pct}%</span>
        {!readOnly && (
          <button
            type="button"
            aria-label={`Restore: ${fix.title}`}
            aria-busy={restore.isPending || undefined}
            onClick={() => !restore.isPending && restore.mutate(fix.id)}
            className="inline-flex min-h-7 shrink-0 items-center gap-1 rounded-control px-2 text-muted-fg hover:bg-elevated hover:text-heading"
          >
            Restore
            {restore.isPending ? (
              <Spinner className="size-3" />
            ) : (
              <RotateCcw aria-hidden className="size-3" />
            )}
          </button>
        )}
      </div>
      {restore.isError && <ProblemNotice error={restore.error} />}
    </li>
  );
}
