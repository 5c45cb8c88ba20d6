import { lazy, Suspense, useEffect, useMemo, useRef, type ReactNode } from "react";
import { useParams } from "react-router";
import type { SessionDetail } from "@/api/generated";
import { useUserId } from "@/auth/useMe";
import { useFocusRescue } from "@/shared/lib/useFocusRescue";
import { useMediaQuery } from "@/shared/lib/useMediaQuery";
import { isClosed } from "@/shared/lib/sessionStatus";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { BannerDock } from "./banner/BannerDock";
import { Briefing } from "./briefing/Briefing";
import { ChangedElsewhere } from "./ChangedElsewhere";
import { ClosedBar } from "./ClosedBar";
import { Composer } from "./composer/Composer";
import { useDiscardStored } from "./composer/useDiscardStored";
import { attachmentPlace } from "./composer/attachments/attachments";
import { DropZone } from "./composer/attachments/DropZone";
import { ConnectionBar } from "./ConnectionBar";
import { Conversation } from "./conversation/Conversation";
import { DegradedBar } from "./DegradedBar";
import { IncidentHeader } from "./header/IncidentHeader";
import { Lane } from "./lane/Lane";
import { LaneColumn, TasksButton } from "./lane/LaneColumn";
import { LaneFooter } from "./lane/LaneFooter";
import { useOpenOnNewItems } from "./lane/useOpenOnNewItems";
import { SessionsPanel } from "./list/SessionsPanel";
import { toBanner } from "./model/banner";
import { isWorking } from "./model/conversation";
import { linkedTicket } from "./model/linkedTicket";
import { SessionCommands } from "./SessionCommands";
import { SessionUnavailable } from "./SessionUnavailable";
import { useLive } from "./stream/liveStore";
import { useSessionStream } from "./stream/useSessionStream";
import { SurfacesProvider, useSurfaces } from "./surfaces";
import { useSession } from "./useSession";

// Nobody needs the note before the session is worked, so its code is not waited for.
const NotePreview = lazy(() => import("./preview/NotePreview"));

/** `/pilot/:id`. Everything below the key is made anew for another session, so that nothing of one shows in the other. */
export function SessionPage() {
  const { sessionId = "" } = useParams();
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <SessionsPanel currentId={sessionId} />
      <SurfacesProvider key={sessionId}>
        <Workspace sessionId={sessionId} />
      </SurfacesProvider>
    </div>
  );
}

function Workspace({ sessionId }: { sessionId: string }) {
  const query = useSession(sessionId);
  const detail = query.data;
  useSessionStream(sessionId, detail?.last_event_seq ?? null);
  useDiscardStored(sessionId);

  useEffect(() => {
    document.title = detail ? `${detail.session.title} · ResolutionFlow` : "ResolutionFlow";
    return () => {
      document.title = "ResolutionFlow";
    };
  }, [detail]);

  if (!detail) {
    return (
      <SessionUnavailable error={query.error} busy={query.isFetching} onRetry={() => void query.refetch()} />
    );
  }
  return (
    <WorkedSession detail={detail}>
      {query.isError && (
        <ProblemNotice
          error={query.error}
          onRetry={() => void query.refetch()}
          busy={query.isFetching}
          className="m-3 shrink-0"
        />
      )}
    </WorkedSession>
  );
}

/** The session's columns: conversation and lane. `children` stands between the header and the conversation. */
function WorkedSession({ detail, children }: { detail: SessionDetail; children: ReactNode }) {
  const { session } = detail;
  const sessionId = session.id;
  const userId = useUserId();
  // Only the answer, not the reply itself: the page is not drawn again with each of its pieces.
  const working = useLive(sessionId, (live) => isWorking(live.log.messages, live.reply));
  const note = useSurfaces((surfaces) => surfaces.note);
  const laneOpen = useSurfaces((surfaces) => surfaces.laneOpen);
  const setLaneOpen = useSurfaces((surfaces) => surfaces.setLaneOpen);
  const headerActions = useRef<HTMLDivElement>(null);
  const page = useRef<HTMLDivElement>(null);
  useFocusRescue(page);
  const wide = useMediaQuery("(min-width: 1200px)");
  const openItems = detail.counts.open_questions + detail.counts.open_checks;
  useOpenOnNewItems(openItems, wide, setLaneOpen);
  const ticket = useMemo(() => linkedTicket(session), [session]);
  const closed = isClosed(session.status);
  const verifying = toBanner(detail.active_fix, session.status)?.kind === "verifying";

  return (
    <div ref={page} className="relative flex min-w-0 flex-1">
      <SessionCommands detail={detail} />
      <DropZone
        as="main"
        place={attachmentPlace(userId, sessionId)}
        disabled={closed}
        className="flex min-w-0 flex-1 flex-col"
      >
        <IncidentHeader detail={detail} actionsRef={headerActions} />
        <ConnectionBar sessionId={sessionId} />
        <ChangedElsewhere detail={detail} />
        {!closed && <DegradedBar reason={session.pilot.degraded_reason} />}
        <Briefing detail={detail} />
        {children}
        <div className="relative flex min-h-0 flex-1 flex-col">
          <Conversation
            sessionId={sessionId}
            people={detail.people}
            canRetry={!closed}
            paddingEnd={wide ? 20 : 64}
          />
          {!wide && !laneOpen && <TasksButton openItems={openItems} onClick={() => setLaneOpen(true)} />}
        </div>
        <BannerDock detail={detail} />
        {closed ? (
          <ClosedBar session={session} />
        ) : (
          <Composer
            sessionId={sessionId}
            working={working}
            ticket={ticket}
            hint={
              verifying
                ? "Tell the pilot what happened, or click an outcome above"
                : "Ask a follow-up, paste an error, drop a screenshot…"
            }
          />
        )}
      </DropZone>
      <LaneColumn
        wide={wide}
        open={laneOpen}
        onClose={() => setLaneOpen(false)}
        footer={<LaneFooter detail={detail} />}
      >
        <Lane
          sessionId={sessionId}
          items={detail.lane}
          facts={detail.facts}
          earlierCursor={detail.closed_items_cursor ?? null}
          working={working}
          readOnly={closed}
        />
      </LaneColumn>
      {note && (
        <Suspense>
          <NotePreview key={note} kind={note} detail={detail} anchor={headerActions} />
        </Suspense>
      )}
    </div>
  );
}
