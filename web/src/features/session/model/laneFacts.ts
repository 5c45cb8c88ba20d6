import type { FactResource, LaneItemResource, PromoteFactBody } from "@/api/generated";

const rawInputLimit = 10_000;

/** Where a fact came from, as far as the page can show it. */
export type FactOrigin = { kind: "item" | "message"; id: string };

export interface FactView {
  id: string;
  text: string;
  summary: string | null;
  /** `promoted` or `added`, before the time. */
  verb: string;
  at: string;
  provenance: string;
  /** When it was changed since, if it was. */
  editedAt: string | null;
  editable: boolean;
  disputed: boolean;
  origin: FactOrigin | null;
}

export interface FactContext {
  /** The question or check it came from, when it is in the lane. */
  source: LaneItemResource | null;
  /** The engineer who reads it. */
  readerId: string;
  /** Name of who made it, when it is known. */
  author: string | null;
}

export function toFact(fact: FactResource, context: FactContext): FactView {
  return {
    id: fact.id,
    text: fact.text,
    summary: fact.source_summary ?? null,
    verb: fact.source_type === "user_note" ? "added" : "promoted",
    at: fact.created_at,
    provenance: provenance(fact, context),
    editedAt: fact.updated_at === fact.created_at ? null : fact.updated_at,
    editable: fact.editable,
    disputed: fact.disputed,
    origin: origin(fact, context.source),
  };
}

function provenance(fact: FactResource, { source, readerId, author }: FactContext): string {
  const asked = source ? ` “${source.text}”` : "";
  switch (fact.source_type) {
    case "question":
      return `from the question${asked}`;
    case "diagnostic_check":
      return `from the check${asked}`;
    case "user_note":
      if (fact.created_by === readerId) return "your note";
      return author ? `note by ${author}` : "a colleague's note";
    default:
      return "the pilot's synthesis";
  }
}

function origin(fact: FactResource, source: LaneItemResource | null): FactOrigin | null {
  if (source) return { kind: "item", id: source.id };
  return fact.message_id ? { kind: "message", id: fact.message_id } : null;
}

/** A closed item whose answer says something, and which no standing fact comes from. */
export function isPromotable(item: LaneItemResource, fact: FactResource | null): boolean {
  return item.status === "answered" && fact === null && said(item) !== "";
}

/** What is sent to make a fact of an answered item: its answer or output, or the engineer's own words for it. */
export function promotionOf(item: LaneItemResource, ownWords: string | null): PromoteFactBody {
  const source = {
    source_type: item.kind === "question" ? ("question" as const) : ("diagnostic_check" as const),
    source_ref: item.id,
  };
  if (ownWords !== null) return { ...source, proposed_text: ownWords };
  // A fact is one statement: the beginning of a long output has to be enough for it.
  return { ...source, raw_input: said(item).slice(0, rawInputLimit) };
}

function said(item: LaneItemResource): string {
  return (item.output ?? "").trim() || (item.answer ?? "").trim();
}

export interface FactDraft {
  text: string;
  summary: string;
}

/** Reads a stored edit; anything unreadable is none. */
export function parseFactDraft(stored: string): FactDraft | null {
  try {
    const { text, summary } = JSON.parse(stored) as Partial<FactDraft>;
    return typeof text === "string" && typeof summary === "string" ? { text, summary } : null;
  } catch {
    return null;
  }
}

/** What to send of an edit; null when nothing differs. */
export function factChange(
  fact: Pick<FactResource, "text" | "source_summary">,
  draft: FactDraft,
): { text?: string; summary?: string } | null {
  const text = draft.text.trim();
  const summary = draft.summary.trim();
  const change = {
    ...(text !== fact.text && { text }),
    ...(summary !== (fact.source_summary ?? "") && { summary }),
  };
  return Object.keys(change).length === 0 ? null : change;
}

/** The standing fact that each item's answer became. */
export function factsByItem(
  items: LaneItemResource[],
  facts: FactResource[],
): ReadonlyMap<string, FactResource> {
  const byId = new Map(facts.map((fact) => [fact.id, fact]));
  const bySource = new Map(facts.map((fact) => [fact.source_ref, fact]));
  const found = items.map(
    (item) => [item.id, byId.get(item.promoted_fact_id ?? "") ?? bySource.get(item.id)] as const,
  );
  return new Map(found.filter((pair): pair is [string, FactResource] => pair[1] !== undefined));
}
