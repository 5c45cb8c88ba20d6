import { CircleCheck } from "lucide-react";
import type { SessionResource } from "@/api/generated";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";

/** How the posting ended: verified, or the reason in the PSA's own words with what the ticket should show and what it shows. */
export function PostResult({ session, error }: { session: SessionResource; error: unknown }) {
  const writeback = session.writeback;
  if (session.status === "resolved") {
    return (
      <div
        role="status"
        className="flex items-start gap-2.5 rounded-card border border-success/30 bg-success/10 px-3 py-2.5"
      >
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
        <div className="min-w-0 text-[13px]">
          {session.psa_ticket_id && writeback ? (
            <>
              <p className="font-medium text-heading">
                Verified on ticket <span className="font-mono">#{writeback.ticket_ref}</span>
                {writeback.observed && !writeback.status_transition_skipped_reason && (
                  <> · status “{writeback.observed}”</>
                )}
              </p>
              {writeback.external_id && (
                <p className="font-mono text-[11px] text-muted-fg">note {writeback.external_id}</p>
              )}
              {writeback.status_transition_skipped_reason && (
                <p className="text-muted-fg">
                  The status was not changed: {writeback.status_transition_skipped_reason}
                </p>
              )}
            </>
          ) : (
            <p className="font-medium text-heading">Resolved. The note is kept with this session.</p>
          )}
        </div>
      </div>
    );
  }
  const problem = writeback?.state === "failed" || writeback?.state === "unverified" ? writeback.error : null;
  const shown = error ?? (problem ? { status: 502, ...problem } : null);
  if (!shown) return null;
  return (
    <>
      <ProblemNotice error={shown} />
      {writeback?.state === "unverified" && writeback.expected && (
        <p className="text-[12.5px] text-muted-fg">
          Expected “{writeback.expected}”, the ticket shows “{writeback.observed ?? "nothing"}”. The note is
          on the ticket already; Retry does only what is left.
        </p>
      )}
    </>
  );
}
