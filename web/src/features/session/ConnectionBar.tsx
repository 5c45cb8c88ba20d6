import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { Button } from "@/shared/ui/Button";
import { useLive } from "./stream/liveStore";

/** A stream that comes back at once, as after a restart of the server, is not worth a word. */
const sayAfterMs = 1000;

/** Says quietly that nothing new arrives at the moment. It goes away by itself. */
export function ConnectionBar({ sessionId }: { sessionId: string }) {
  const connection = useLive(sessionId, (live) => live.connection);
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  const lost = useLasting(connection === "lost", sayAfterMs);
  if (!online) return <Bar>You are offline. What you write is kept and can be sent later.</Bar>;
  if (lost) return <Bar>Reconnecting. What you write is kept, and what happens meanwhile will be shown.</Bar>;
  if (connection === "stopped") {
    return (
      <Bar>
        <span>The server no longer sends changes of this session. What you write is kept.</span>
        <Button size="sm" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      </Bar>
    );
  }
  return null;
}

function Bar({ children }: { children: ReactNode }) {
  return (
    <div
      role="status"
      className="flex shrink-0 animate-fade flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-elevated px-5 py-1 text-[12.5px] text-muted-fg max-sm:px-3"
    >
      {children}
    </div>
  );
}

/** True once `state` has lasted for `ms`; false at once. */
function useLasting(state: boolean, ms: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!state) return undefined;
    const timer = window.setTimeout(() => setLasted(true), ms);
    return () => {
      window.clearTimeout(timer);
      setLasted(false);
    };
  }, [state, ms]);
  return state && lasted;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}
