import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { getSessionQueryKey, listSessionsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { authorizedFetch } from "@/api/transport";
import { createSessionReader } from "./sessionReader";
import { openEventStream } from "./eventStream";
import { updateLive } from "./liveStore";

const refetchAfterMs = 60;
/** Pieces of a reply that come more often would be shown together anyway, and each of them wakes the page. */
const pieceIntervalMs = 250;

/** Keeps a session current while its page is open. Starts once the session was read, behind its last event. */
export function useSessionStream(sessionId: string, lastSeq: number | null): void {
  const queries = useQueryClient();
  const ready = lastSeq !== null;

  useEffect(() => {
    if (!ready) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lost = false;

    function refetchSoon(listToo: boolean) {
      if (listToo) void queries.invalidateQueries({ queryKey: listSessionsQueryKey() });
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: getSessionQueryKey({ path: { session_id: sessionId } }) });
      }, refetchAfterMs);
    }

    const reader = createSessionReader(sessionId, refetchSoon);
    const close = openEventStream({
      url: `/api/v1/ai-sessions/${encodeURIComponent(sessionId)}/events?piece_interval_ms=${pieceIntervalMs}`,
      fetch: authorizedFetch,
      lastSeq,
      onEvent: reader.read,
      restMs: reader.restMs,
      onConnection: (connection) => {
        updateLive(sessionId, () => ({ connection }));
        // What happened while nobody listened is in the session itself, also when the events are gone.
        if (connection === "open" && lost) refetchSoon(true);
        lost = connection === "lost";
      },
    });
    return () => {
      close();
      reader.stop();
      clearTimeout(timer);
      updateLive(sessionId, () => ({ connection: "connecting", reply: null, people: [] }));
    };
    // The stream resumes by itself: only another session, or the first reading of this one, opens a new one.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [queries, sessionId, ready]);
}
