import { X } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import type { SessionDetail } from "@/api/generated";
import type { Problem } from "@/api/problem";
import { onRefusal } from "@/api/refusals";
import { sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { IconButton } from "@/shared/ui/Button";
import { useRefreshSession } from "./commands/shared";

interface Refused {
  problem: Problem;
  status: string;
  version: number;
}

/**
 * A command was refused because the session is not as this page showed it. The session is read again, and when that shows
 * something new, this says so: the button that was clicked may be gone together with its error.
 */
export const ChangedElsewhere = memo(function ChangedElsewhere({ detail }: { detail: SessionDetail }) {
  const { id, status, state_version: version } = detail.session;
  const [refused, setRefused] = useState<Refused | null>(null);
  const refresh = useRefreshSession(id);
  const shown = useRef({ status: status as string, version });
  useEffect(() => {
    shown.current = { status, version };
  }, [status, version]);

  useEffect(
    () =>
      onRefusal(({ sessionId, problem }) => {
        if (sessionId !== id) return;
        setRefused({ problem, ...shown.current });
        void refresh();
      }),
    [id, refresh],
  );

  if (!refused || (refused.status === status && refused.version === version)) return null;
  return (
    <div
      role="alert"
      className="flex shrink-0 animate-fade items-start gap-3 border-b border-warning/30 bg-warning/10 py-1.5 pl-5 pr-2 max-sm:pl-3"
    >
      <p className="min-w-0 flex-1 text-[13px] break-words">
        <span className="font-medium text-heading">
          The session changed elsewhere meanwhile
          {refused.status !== status && `: it is now ${sessionStatusLabel(status).toLowerCase()}`}.
        </span>{" "}
        {refused.problem.detail}{" "}
        <span className="font-mono text-[11px] text-muted-fg">{refused.problem.code}</span>
      </p>
      <IconButton label="Close this notice" onClick={() => setRefused(null)}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </div>
  );
});
