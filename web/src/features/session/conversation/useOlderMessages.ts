import { useRef, useState } from "react";
import { listMessages } from "@/api/generated";
import { withOlderPage } from "../model/messageLog";
import { updateLive, useLive } from "../stream/liveStore";

/** Loads the page before the oldest known message, one page at a time. */
export function useOlderMessages(sessionId: string): { load: () => void; loading: boolean } {
  const cursor = useLive(sessionId, (live) => live.log.olderCursor);
  const [loading, setLoading] = useState(false);
  const asked = useRef<string | null>(null);

  async function loadPage(at: string) {
    asked.current = at;
    setLoading(true);
    try {
      const { data } = await listMessages({ path: { session_id: sessionId }, query: { before: Number(at) } });
      updateLive(sessionId, ({ log }) => ({ log: withOlderPage(log, data.items, data.next_cursor ?? null) }));
    } catch {
      // The next scroll to the top asks again; what is shown stays as it is.
      asked.current = null;
    } finally {
      setLoading(false);
    }
  }

  return {
    loading,
    load: () => {
      if (cursor !== null && asked.current !== cursor) void loadPage(cursor);
    },
  };
}
