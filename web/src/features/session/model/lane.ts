import type { FactResource, LaneItemResource } from "@/api/generated";

export interface FactView {
  id: string;
  text: string;
  summary: string | null;
  provenance: string;
  at: string;
  disputed: boolean;
}

export interface LaneView {
  facts: FactView[];
  questions: LaneItemResource[];
  checks: LaneItemResource[];
  setAside: LaneItemResource[];
  openQuestions: number;
  checksRun: number;
  open: number;
}

const provenance: Record<FactResource["source_type"], string> = {
  question: "from a question",
  diagnostic_check: "from a check",
  user_note: "your note",
  ai_synthesis: "from the conversation",
};

/** Sorts the lane into its sections: open items first, then the answered ones, each in the order of asking. */
export function toLane(items: LaneItemResource[], facts: FactResource[]): LaneView {
  const shown = items.filter((item) => item.status !== "set_aside");
  const questions = openFirst(shown.filter((item) => item.kind === "question"));
  const checks = openFirst(shown.filter((item) => item.kind === "check"));
  return {
    facts: facts.map(toFact),
    questions,
    checks,
    setAside: items.filter((item) => item.status === "set_aside"),
    openQuestions: questions.filter(isOpen).length,
    checksRun: checks.filter((item) => item.status === "answered").length,
    open: shown.filter(isOpen).length,
  };
}

export function isOpen(item: LaneItemResource): boolean {
  return item.status === "open";
}

function toFact(fact: FactResource): FactView {
  return {
    id: fact.id,
    text: fact.text,
    summary: fact.source_summary ?? null,
    provenance: provenance[fact.source_type],
    at: fact.created_at,
    disputed: fact.disputed,
  };
}

function openFirst(items: LaneItemResource[]): LaneItemResource[] {
  return [...items.filter(isOpen), ...items.filter((item) => !isOpen(item))];
}
