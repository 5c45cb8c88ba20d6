import { Link } from "react-router";
import type { SessionStatus } from "@/shared/lib/sessionStatus";

const sentences: Partial<Record<SessionStatus, string>> = {
  resolved: "This session is resolved. It can be read, not changed.",
  abandoned: "This session was abandoned. It can be read, not changed.",
  escalated: "This session was escalated and waits for another engineer.",
};

/** Stands where the composer was, once a session takes no more messages. */
export function ClosedBar({ status }: { status: SessionStatus }) {
  return (
    <p className="flex shrink-0 flex-wrap items-center justify-between gap-2 border-t border-line bg-sidebar px-5 py-3 text-muted-fg max-sm:px-3">
      {sentences[status]}
      <Link to="/" className="text-accent underline underline-offset-2">
        Back to the queue
      </Link>
    </p>
  );
}
