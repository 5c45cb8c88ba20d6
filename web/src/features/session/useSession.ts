import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { SessionDetail } from "@/api/generated";
import { isTurnOver } from "./model/turns";
import { withNewestPage } from "./model/messageLog";
import { sessionQuery } from "./sessionQuery";
import { updateLive } from "./stream/liveStore";
import { resetReply, type LiveReply } from "./stream/reply";

/** The stored session. Its messages go into the session's log, where events and older pages meet them. */
export function useSession(sessionId: string) {
  const query = useQuery(sessionQuery(sessionId));
  const { data } = query;
  useEffect(() => {
    if (!data) return;
    updateLive(sessionId, ({ log, reply }) => ({
      log: withNewestPage(log, data.messages, data.older_cursor ?? null),
      reply: currentReply(reply, data),
    }));
  }, [data, sessionId]);
  return query;
}

/** A reply in progress shows at once after a reload; one that ended unseen is not shown as if it went on. */
function currentReply(reply: LiveReply | null, data: SessionDetail): LiveReply | null {
  if (reply) return isTurnOver(data.messages, reply.turnId) ? null : reply;
  return data.running_turn ? resetReply(data.running_turn.turn_id, data.running_turn.text) : null;
}
