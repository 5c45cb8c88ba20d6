import type { SessionStatus } from "@/shared/lib/sessionStatus";

export type HeaderAction =
  | "pause"
  | "resume"
  | "shareUpdate"
  | "escalate"
  | "resolve"
  | "pickUp"
  | "reopen"
  | "viewNote"
  | "viewPackage"
  | "linkTicket"
  | "shareLink"
  | "spinOff"
  | "abandon";

interface Offered {
  shown: HeaderAction[];
  more: HeaderAction[];
}

/** Below these widths of the header what matters less moves into the menu. */
const roomForUpdate = 640;
const roomForPause = 420;

const untilEnded: HeaderAction[] = ["linkTicket", "shareLink", "spinOff", "abandon"];

const offered: Record<SessionStatus, Offered> = {
  active: { shown: ["pause", "shareUpdate", "escalate", "resolve"], more: untilEnded },
  paused: { shown: ["resume", "shareUpdate", "escalate", "resolve"], more: untilEnded },
  requesting_escalation: { shown: ["shareUpdate", "escalate", "resolve"], more: untilEnded },
  escalated: { shown: ["shareUpdate", "pickUp", "resolve"], more: ["viewPackage", ...untilEnded] },
  resolved: { shown: ["reopen", "viewNote", "escalate"], more: ["shareLink"] },
  abandoned: { shown: ["reopen"], more: ["shareLink"] },
};

/** What can be done with a session as a whole: beside its title, and in the menu. There is no status without an action. */
export function headerActions(status: SessionStatus, width: number): Offered {
  const { shown, more } = offered[status];
  const moved = shown.filter(
    (action) =>
      (action === "shareUpdate" && width < roomForUpdate) ||
      ((action === "pause" || action === "resume") && width < roomForPause),
  );
  return { shown: shown.filter((action) => !moved.includes(action)), more: [...moved, ...more] };
}
