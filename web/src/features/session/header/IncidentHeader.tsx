import { memo, lazy, Suspense, useRef, type RefObject } from "react";
import type { SessionDetail } from "@/api/generated";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { classes } from "@/shared/lib/classes";
import { sessionStatusDot, sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { PresenceBadge } from "../presence/PresenceBadge";
import { useSurfaces } from "../surfaces";
import { HeaderActions } from "./HeaderActions";
import { UnfinishedPosting } from "./UnfinishedPosting";
import { useElementWidth } from "./useElementWidth";
import { useHeaderCommands } from "./useHeaderCommands";

// What the menu opens is not waited for by a session that is only read.
const SessionDialogs = lazy(() => import("../dialogs/SessionDialogs"));

interface Props {
  detail: SessionDetail;
  /** The panels hang from the actions: they stay when the session ends and its buttons change. */
  actionsRef: RefObject<HTMLDivElement | null>;
}

/** Which incident this is, and what can be done with the session as a whole. */
export const IncidentHeader = memo(function IncidentHeader({ detail, actionsRef }: Props) {
  const { session } = detail;
  const header = useRef<HTMLElement>(null);
  const width = useElementWidth(header);
  const dialog = useSurfaces((surfaces) => surfaces.dialog);
  const commands = useHeaderCommands(session.id);
  const { ticket } = session;
  const parties = [ticket?.client, ticket?.contact, ticket?.priority].filter(Boolean);

  return (
    <header ref={header} className="shrink-0 border-b border-line bg-page px-5 py-3 max-sm:px-3">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-[12.5px] text-muted-fg">
        {session.psa_ticket_id && (
          <span className="rounded-control border border-line-hover bg-elevated px-1.5 font-mono text-[12px] text-heading">
            CW #{session.psa_ticket_id}
          </span>
        )}
        {parties.length > 0 && <span className="min-w-0 break-words">{parties.join(" · ")}</span>}
        <span className="flex items-center gap-1.5">
          <span aria-hidden className={classes("size-1.5 rounded-full", sessionStatusDot(session.status))} />
          {sessionStatusLabel(session.status)}
        </span>
        <PresenceBadge sessionId={session.id} />
      </p>
      <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1
          className="line-clamp-2 min-w-[160px] flex-1 text-[19px] leading-snug break-words"
          title={session.title}
        >
          {session.title}
        </h1>
        <div ref={actionsRef} className="flex items-center gap-2">
          <HeaderActions detail={detail} width={width} commands={commands} />
        </div>
      </div>
      {commands.error !== null && <ProblemNotice error={commands.error} className="mt-2" />}
      <UnfinishedPosting session={session} />
      {dialog && (
        <Suspense>
          <SessionDialogs key={dialog} dialog={dialog} detail={detail} anchor={actionsRef} />
        </Suspense>
      )}
    </header>
  );
});
