import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Link, useParams } from "react-router";
import { asProblem } from "@/api/problem";
import { useMediaQuery } from "@/shared/lib/useMediaQuery";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { Banner } from "./banner/Banner";
import { ClosedBar } from "./ClosedBar";
import { Composer } from "./composer/Composer";
import { useDiscardStored } from "./composer/useDiscardStored";
import { ConnectionBar } from "./ConnectionBar";
import { Conversation } from "./conversation/Conversation";
import { IncidentHeader } from "./header/IncidentHeader";
import { Lane } from "./lane/Lane";
import { LaneColumn, TasksButton } from "./lane/LaneColumn";
import { SessionList } from "./list/SessionList";
import { toBanner } from "./model/banner";
import { toConversation } from "./model/conversation";
import { isClosed } from "@/shared/lib/sessionStatus";
import { useLive } from "./stream/liveStore";
import { useSessionStream } from "./stream/useSessionStream";
import { useSession } from "./useSession";

// Nobody needs the note before the session is worked, so its code is not waited for.
const NotePreview = lazy(() => import("./preview/NotePreview"));

/** `/pilot/:id`. Everything below the key is made anew for another session, so that nothing of one shows in the other. */
export function SessionPage() {
  const { sessionId = "" } = useParams();
  const roomForList = useMediaQuery("(min-width: 900px)");
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      {roomForList && <SessionList currentId={sessionId} />}
      <Workspace key={sessionId} sessionId={sessionId} />
    </div>
  );
}

function Workspace({ sessionId }: { sessionId: string }) {
  const query = useSession(sessionId);
  const detail = query.data;
  useSessionStream(sessionId, detail?.last_event_seq ?? null);
  useDiscardStored(sessionId);

  const messages = useLive(sessionId, (live) => live.log.messages);
  const reply = useLive(sessionId, (live) => live.reply);
  const working = useMemo(() => toConversation(messages, [], reply).working, [messages, reply]);
  const [noteOpen, setNoteOpen] = useState(false);
  const [laneOpen, setLaneOpen] = useState(false);
  const headerActions = useRef<HTMLDivElement>(null);
  const wide = useMediaQuery("(min-width: 1200px)");
  const openItems = detail ? detail.counts.open_questions + detail.counts.open_checks : 0;
  useOpenOnNewItems(openItems, wide, setLaneOpen);

  useEffect(() => {
    document.title = detail ? `${detail.session.title} · ResolutionFlow` : "ResolutionFlow";
    return () => {
      document.title = "ResolutionFlow";
    };
  }, [detail]);

  if (!detail) {
    return (
      <main className="flex min-w-0 flex-1 flex-col gap-4 p-6">
        {query.isError ? (
          <>
            <h1 className="text-xl">
              {asProblem(query.error).status === 404
                ? "There is no such session"
                : "The session cannot be shown"}
            </h1>
            <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
            <Link to="/" className="text-accent underline">
              Go to the dashboard
            </Link>
          </>
        ) : (
          <SkeletonRows rows={4} label="Loading the session" className="h-20" />
        )}
      </main>
    );
  }

  const { session } = detail;
  const closed = isClosed(session.status);
  const banner = toBanner(detail.active_fix, session.status);
  const openNote = () => setNoteOpen(true);

  return (
    <div className="relative flex min-w-0 flex-1">
      <main className="flex min-w-0 flex-1 flex-col">
        <IncidentHeader
          session={session}
          actionsRef={headerActions}
          onResolve={() => setNoteOpen(!noteOpen)}
        />
        <ConnectionBar sessionId={sessionId} />
        {session.pilot.degraded_reason && !closed && (
          <p
            role="status"
            className="shrink-0 border-b border-line bg-warning/10 px-5 py-1 text-[12.5px] text-warning"
          >
            The playbook answers for now: {session.pilot.degraded_reason}
          </p>
        )}
        {query.isError && (
          <ProblemNotice
            error={query.error}
            onRetry={() => void query.refetch()}
            busy={query.isFetching}
            className="m-3 shrink-0"
          />
        )}
        <div className="relative flex min-h-0 flex-1 flex-col">
          <Conversation sessionId={sessionId} paddingEnd={wide ? 20 : 64} />
          {!wide && !laneOpen && <TasksButton openItems={openItems} onClick={() => setLaneOpen(true)} />}
        </div>
        {banner && (
          <Banner
            key={`${banner.fixId}-${banner.kind}`}
            sessionId={sessionId}
            view={banner}
            onResolve={openNote}
          />
        )}
        {closed ? (
          <ClosedBar status={session.status} />
        ) : (
          <Composer
            sessionId={sessionId}
            working={working}
            hint={
              banner?.kind === "verifying"
                ? "Tell the pilot what happened, or click an outcome above"
                : "Ask a follow-up, paste an error…"
            }
          />
        )}
      </main>
      <LaneColumn
        wide={wide}
        open={laneOpen}
        onClose={() => setLaneOpen(false)}
        footer={
          !closed && (
            <div className="flex shrink-0 border-t border-line px-4 py-3">
              <Button tone="success" onClick={openNote} className="flex-1">
                Resolve session
              </Button>
            </div>
          )
        }
      >
        <Lane
          sessionId={sessionId}
          items={detail.lane}
          facts={detail.facts}
          working={working}
          readOnly={closed}
        />
      </LaneColumn>
      {noteOpen && (
        <Suspense>
          <NotePreview session={session} anchor={headerActions} onClose={() => setNoteOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The lane opens by itself when a reply brings items, not when the page is merely loaded. */
function useOpenOnNewItems(openItems: number, wide: boolean, setLaneOpen: (open: boolean) => void): void {
  const before = useRef<number | null>(null);
  useEffect(() => {
    // On a phone the drawer would cover the reply that brought the items; there the button tells the number.
    const roomy = !wide && window.innerWidth >= 640;
    if (before.current !== null && openItems > before.current && roomy) setLaneOpen(true);
    before.current = openItems;
  }, [openItems, wide, setLaneOpen]);
}
