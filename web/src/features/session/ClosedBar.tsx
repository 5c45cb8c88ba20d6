import { Link } from "react-router";
import type { SessionResource } from "@/api/generated";
import type { SessionStatus } from "@/shared/lib/sessionStatus";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { usePickUp, useReopen } from "./commands/endings";
import { PickUpButton } from "./header/PickUpButton";

const sentences: Partial<Record<SessionStatus, string>> = {
  resolved: "This session is resolved. It can be read, not changed.",
  abandoned: "This session was abandoned. It can be read, not changed.",
  escalated: "This session was escalated and waits for another engineer.",
};

/** Stands where the composer was, once a session takes no more messages: says why, and how it goes on. */
export function ClosedBar({ session }: { session: SessionResource }) {
  const reopen = useReopen(session.id);
  const pickUp = usePickUp(session.id);
  const error = reopen.error ?? pickUp.error;
  return (
    <div className="flex shrink-0 flex-col gap-2 border-t border-line bg-sidebar px-5 py-3 max-sm:px-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 text-muted-fg">
        <p className="min-w-0">{sentences[session.status]}</p>
        <div className="flex flex-wrap items-center gap-3">
          <Link to="/" className="text-accent underline underline-offset-2">
            Back to the queue
          </Link>
          {session.status === "escalated" ? (
            <PickUpButton pickUp={pickUp} />
          ) : (
            <Button size="sm" busy={reopen.isPending} onClick={() => reopen.mutate()}>
              Reopen
            </Button>
          )}
        </div>
      </div>
      {error !== null && <ProblemNotice error={error} />}
    </div>
  );
}
