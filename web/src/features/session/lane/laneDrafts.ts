import type { ItemAnswerBody, LaneItemResource } from "@/api/generated";

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
