import { useSyncExternalStore } from "react";
import { useLive } from "./stream/liveStore";

/** Says quietly that nothing new arrives at the moment. It goes away by itself. */
export function ConnectionBar({ sessionId }: { sessionId: string }) {
  const connection = useLive(sessionId, (live) => live.connection);
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  if (online && connection !== "lost") return null;
  return (
    <p
      role="status"
      className="shrink-0 animate-fade border-b border-line bg-elevated px-5 py-1 text-[12.5px] text-muted-fg"
    >
      {online
        ? "Reconnecting. What you write is kept."
        : "You are offline. What you write is kept and can be sent later."}
    </p>
  );
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}
