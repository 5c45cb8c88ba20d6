import { useCallback, useRef, useState } from "react";
import { listMessages } from "@/api/generated";
import { asProblem, type Problem } from "@/api/problem";
import { withOlderPage } from "../model/messageLog";
import { updateLive, useLive } from "../stream/liveStore";

export interface OlderMessages {
  /** Loads the page before the oldest known message, one page at a time. */
  load: () => void;
  loading: boolean;
  /** There are older ones. */
  more: boolean;
  problem: Problem | null;
}

export function useOlderMessages(sessionId: string): OlderMessages {
  const cursor = useLive(sessionId, (live) => live.log.olderCursor);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = useRef<string | null>(null);

  const load = useCallback(() => {
    async function loadPage(before: string) {
      asked.current = before;
      setLoading(true);
      setProblem(null);
      try {
        const { data } = await listMessages({
          path: { session_id: sessionId },
          query: { before: Number(before) },
        });
        updateLive(sessionId, ({ log }) => ({
          log: withOlderPage(log, data.items, data.next_cursor ?? null, data.people),
        }));
      } catch (error) {
        // What is shown stays as it is; the next scroll to the top, or a click, asks again.
        asked.current = null;
        setProblem(asProblem(error));
      } finally {
        setLoading(false);
      }
    }
    if (cursor !== null && asked.current !== cursor) void loadPage(cursor);
  }, [cursor, sessionId]);

  return { load, loading, more: cursor !== null, problem };
}
