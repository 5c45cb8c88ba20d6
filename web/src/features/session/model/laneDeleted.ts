import type { FactResource } from "@/api/generated";

/** A fact somebody deleted on this page and may want back. */
export interface DeletedFact {
  id: string;
  text: string;
  createdAt: string;
}

export function toDeleted(fact: FactResource): DeletedFact {
  return { id: fact.id, text: fact.text, createdAt: fact.created_at };
}

/** Reads stored deletions; anything unreadable is none. */
export function parseDeleted(stored: string): DeletedFact[] {
  try {
    const parsed = JSON.parse(stored || "[]") as unknown;
    return Array.isArray(parsed) ? (parsed as DeletedFact[]) : [];
  } catch {
    return [];
  }
}

export type FactRow = { kind: "fact"; fact: FactResource } | { kind: "deleted"; deleted: DeletedFact };

/** Facts and fresh deletions in one list: what was deleted leaves its way back in its place. */
export function factRows(facts: FactResource[], fresh: DeletedFact[], gone: ReadonlySet<string>): FactRow[] {
  const rows: FactRow[] = facts.filter((fact) => !gone.has(fact.id)).map((fact) => ({ kind: "fact", fact }));
  for (const deleted of fresh) {
    const before = rows.findLastIndex((row) => createdAt(row) <= deleted.createdAt);
    rows.splice(before + 1, 0, { kind: "deleted", deleted });
  }
  return rows;
}

function createdAt(row: FactRow): string {
  return row.kind === "fact" ? row.fact.created_at : row.deleted.createdAt;
}
