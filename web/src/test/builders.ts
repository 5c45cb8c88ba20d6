import type {
  FactResource,
  FixResource,
  LaneItemResource,
  MessageResource,
  SessionResource,
} from "@/api/generated";
import type { SessionStatus } from "@/shared/lib/sessionStatus";

const at = "2026-03-02T14:00:00+00:00";

export function message(change: Partial<MessageResource> & { seq: number }): MessageResource {
  return {
    id: `message-${change.seq}`,
    role: "engineer",
    text: `text ${change.seq}`,
    answers: [],
    created_at: at,
    ...change,
  };
}

export function fix(change: Partial<FixResource> = {}): FixResource {
  return {
    id: "fix-1",
    title: "Reset the print spooler",
    description: "Stop it, empty the queue folder, start it.",
    confidence_pct: 80,
    status: "proposed",
    created_at: at,
    ...change,
  };
}

export function laneItem(change: Partial<LaneItemResource> & { id: string }): LaneItemResource {
  return { kind: "question", text: `item ${change.id}`, status: "open", created_at: at, ...change };
}

export function fact(change: Partial<FactResource> & { id: string }): FactResource {
  return {
    text: `fact ${change.id}`,
    source_type: "user_note",
    editable: true,
    disputed: false,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export function session(change: Partial<SessionResource> = {}): SessionResource {
  return {
    id: "session-1",
    title: "Printer prints nothing",
    status: "active",
    intake_type: "free_text",
    engineer_id: "engineer-1",
    started_by: "engineer-1",
    state_version: 1,
    pilot: { provider: "playbook" },
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export const sessionStatuses: SessionStatus[] = [
  "active",
  "paused",
  "requesting_escalation",
  "escalated",
  "resolved",
  "abandoned",
];
