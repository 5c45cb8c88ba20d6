import { isClosed, type SessionStatus } from "@/shared/lib/sessionStatus";

export type SessionCommandName =
  | "composer"
  | "tasks"
  | "fix"
  | "addNote"
  | "preview"
  | "escalate"
  | "pause"
  | "resume"
  | "shareUpdate"
  | "linkTicket"
  | "shareLink"
  | "spinOff"
  | "abandon";

/** What can be done with a session in this status, in the order of how often it is wanted. */
export function possibleCommands(
  status: SessionStatus,
  { hasTicket, hasFix }: { hasTicket: boolean; hasFix: boolean },
): SessionCommandName[] {
  if (status === "resolved") return ["preview", "tasks", "shareLink"];
  if (isClosed(status)) return ["tasks", "shareLink"];
  const worked = status === "active" || status === "paused";
  const possible: [SessionCommandName, boolean][] = [
    ["composer", true],
    ["tasks", true],
    ["fix", hasFix],
    ["addNote", true],
    ["preview", true],
    ["escalate", worked],
    ["pause", status === "active"],
    ["resume", status === "paused"],
    ["shareUpdate", hasTicket],
    ["linkTicket", true],
    ["spinOff", true],
    ["shareLink", true],
    ["abandon", true],
  ];
  return possible.filter(([, now]) => now).map(([name]) => name);
}
