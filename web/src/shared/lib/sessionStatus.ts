import type { SessionResource } from "@/api/generated";

export type SessionStatus = SessionResource["status"];

/** A closed session takes no messages. An escalated one is worked on after it was picked up. */
export function isClosed(status: SessionStatus): boolean {
  return status === "resolved" || status === "abandoned" || status === "escalated";
}

export function sessionStatusLabel(status: SessionStatus): string {
  return {
    active: "In progress",
    paused: "Paused",
    requesting_escalation: "Escalating",
    escalated: "Escalated",
    resolved: "Resolved",
    abandoned: "Abandoned",
  }[status];
}

/** Class of the dot that stands for a status; its label is always spoken or shown beside it. */
export function sessionStatusDot(status: SessionStatus): string {
  return {
    active: "bg-accent",
    paused: "bg-muted",
    requesting_escalation: "bg-warning",
    escalated: "bg-warning",
    resolved: "bg-success",
    abandoned: "bg-muted",
  }[status];
}
