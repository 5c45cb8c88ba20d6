import { clockTime } from "@/shared/lib/time";
import { useLive } from "../stream/liveStore";
import { useSurfaces } from "../surfaces";

interface Props {
  sessionId: string;
  messageId: string | null;
}

/** Which words the pilot read the outcome from; a click shows them in the conversation. */
export function BasedOnMessage({ sessionId, messageId }: Props) {
  const reveal = useSurfaces((surfaces) => surfaces.reveal);
  const at = useLive(
    sessionId,
    (live) => live.log.messages.find((message) => message.id === messageId)?.created_at,
  );
  if (!messageId) return <>Based on the conversation</>;
  return (
    <button
      type="button"
      onClick={() => reveal("message", messageId)}
      className="rounded-sm text-accent-text underline underline-offset-2 hover:text-heading"
    >
      Based on your message{at && ` at ${clockTime(at)}`}
    </button>
  );
}
