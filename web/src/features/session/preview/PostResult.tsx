import { CircleCheck } from "lucide-react";
import type { SessionResource, WritebackResource } from "@/api/generated";
import { asProblem } from "@/api/problem";
import { sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { noteWords } from "../model/endings";
import { isUnfinished, minutesInWords } from "../model/writeback";
import type { NoteKind } from "../surfaces";

interface Props {
  kind: NoteKind;
  session: SessionResource;
  error: unknown;
  running: boolean;
}

/** How the posting ended: verified, or the reason in the PSA's own words with what the ticket should show and what it shows. */
export function PostResult({ kind, session, error, running }: Props) {
  const words = noteWords[kind];
  const writeback = session.writeback?.kind === kind ? session.writeback : null;
  if (session.status === words.ended && !running) {
    return (
      <>
        {error !== null && <ChangedElsewhere session={session} error={error} />}
        <div
          role="status"
          className="flex items-start gap-2.5 rounded-card border border-success/30 bg-success/10 px-3 py-2.5"
        >
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
          <div className="min-w-0 text-[13px]">
            {writeback?.ticket_ref ? (
              <Verified writeback={writeback} short={words.short} />
            ) : (
              <p className="font-medium text-heading">
                {words.endedWord}. The {words.short} is kept with this session.
              </p>
            )}
          </div>
        </div>
      </>
    );
  }
  if (running) return null;
  const problem = isUnfinished(writeback) && writeback?.error ? { status: 502, ...writeback.error } : null;
  const shown = error ?? problem;
  if (!shown) return null;
  return (
    <>
      <ChangedElsewhere session={session} error={shown} />
      {writeback?.state === "unverified" && writeback.expected && (
        <p className="text-[12.5px] text-muted-fg">
          Expected “{writeback.expected}”, the ticket shows “{writeback.observed ?? "nothing"}”. The{" "}
          {words.short} is on the ticket already; Retry does only what is left.
        </p>
      )}
    </>
  );
}

/** The error itself, and after a conflict where the session stands now. */
function ChangedElsewhere({ session, error }: { session: SessionResource; error: unknown }) {
  const conflict = asProblem(error).status === 409;
  return (
    <>
      <ProblemNotice error={error} />
      {conflict && (
        <p className="text-[12.5px] text-muted-fg">
          The session now stands at “{sessionStatusLabel(session.status)}”. Nothing was posted by this
          attempt.
        </p>
      )}
    </>
  );
}

function Verified({ writeback, short }: { writeback: WritebackResource; short: string }) {
  const skipped = writeback.status_transition_skipped_reason;
  return (
    <>
      <p className="font-medium text-heading">
        Verified on ticket <span className="font-mono">#{writeback.ticket_ref}</span>
        {writeback.observed && !skipped && <> · status “{writeback.observed}”</>}
      </p>
      {writeback.external_id && (
        <p className="font-mono text-[11px] text-muted-fg">note {writeback.external_id}</p>
      )}
      {skipped && <p className="text-muted-fg">The status was not changed: {skipped}</p>}
      {writeback.time_error ? (
        <p className="text-muted-fg">
          The time was not logged: {writeback.time_error.detail}{" "}
          <span className="font-mono text-[11px]">{writeback.time_error.code}</span> The {short} is not
          affected.
        </p>
      ) : (
        Boolean(writeback.logged_minutes) && (
          <p className="text-muted-fg">{minutesInWords(writeback.logged_minutes ?? 0)} logged.</p>
        )
      )}
    </>
  );
}
