import type { ItemAnswerBody, LaneItemResource } from "@/api/generated";
import type { OutboxEntry } from "../composer/outbox";

/** What is filled in for one open item but not sent yet. */
export interface ItemDraft {
  answer: string;
  output: string;
}

export const emptyDraft: ItemDraft = { answer: "", output: "" };

export function isFilled(draft: ItemDraft | undefined): draft is ItemDraft {
  return draft !== undefined && (draft.answer.trim() !== "" || draft.output.trim() !== "");
}

export function toAnswer(itemId: string, draft: ItemDraft): ItemAnswerBody {
  return {
    item_id: itemId,
    answer: draft.answer.trim() || null,
    output: draft.output.trim() === "" ? null : draft.output,
    skipped: false,
  };
}

/** A check that was run and printed nothing worth sending. */
export function doneAnswer(itemId: string): ItemAnswerBody {
  return { item_id: itemId, answer: doneWord, skipped: false };
}

export const doneWord = "Done";

/** The filled, still open items in the order of the lane: what one click sends together. */
export function filledAnswers(
  items: LaneItemResource[],
  drafts: Record<string, ItemDraft>,
): ItemAnswerBody[] {
  return items.flatMap((item) => {
    const draft = drafts[item.id];
    return item.status === "open" && isFilled(draft) ? [toAnswer(item.id, draft)] : [];
  });
}

export function answeredIds(entry: Pick<OutboxEntry, "answers">): string[] {
  return entry.answers?.map((answer) => answer.item_id) ?? [];
}

/**
 * Items whose answer is on its way: in the outbox, or taken by the server while the lane still shows the item as it was when it
 * was `sent`. An answer that failed is not on its way.
 */
export function sendingItems(
  answers: Pick<OutboxEntry, "answers" | "state">[],
  sent: ReadonlyMap<string, { item: LaneItemResource }>,
  items: LaneItemResource[],
): ReadonlySet<string> {
  const of = (state: OutboxEntry["state"]) =>
    answers.filter((entry) => entry.state === state).flatMap(answeredIds);
  const failed = new Set(of("failed"));
  const unread = items.filter((item) => sent.get(item.id)?.item === item && !failed.has(item.id));
  return new Set([...of("sending"), ...unread.map((item) => item.id)]);
}

/** Which failed answers each card shows; those of items that are not drawn belong to no card. */
export function failedByItem(
  failed: OutboxEntry[],
  order: LaneItemResource[],
): { byItem: Map<string, OutboxEntry>; others: OutboxEntry[] } {
  const byItem = new Map<string, OutboxEntry>();
  const others: OutboxEntry[] = [];
  for (const entry of failed) {
    const ids = answeredIds(entry);
    const first = order.find((item) => ids.includes(item.id) && !byItem.has(item.id));
    if (first) byItem.set(first.id, entry);
    else others.push(entry);
  }
  return { byItem, others };
}

/** Reads stored drafts; anything unreadable is an empty lane. */
export function parseDrafts(stored: string): Record<string, ItemDraft> {
  try {
    const parsed = JSON.parse(stored || "{}") as Record<string, Partial<ItemDraft>>;
    return Object.fromEntries(
      Object.entries(parsed).map(([id, draft]) => [
        id,
        { answer: draft.answer ?? "", output: draft.output ?? "" },
      ]),
    );
  } catch {
    return {};
  }
}
