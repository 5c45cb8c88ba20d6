import { useMemo } from "react";
import { useDraft } from "../composer/useDraft";
import { emptyDraft, isFilled, parseDrafts, type ItemDraft } from "./laneDrafts";

/** Answers being filled in, kept like the message draft: per engineer and session, across reloads. */
export function useLaneDrafts(sessionId: string) {
  const [stored, setStored] = useDraft(sessionId, "lane");
  const all = useMemo(() => parseDrafts(stored), [stored]);

  function save(next: Record<string, ItemDraft>) {
    const filled = Object.entries(next).filter(([, draft]) => draft.answer !== "" || draft.output !== "");
    setStored(filled.length === 0 ? "" : JSON.stringify(Object.fromEntries(filled)));
  }

  return {
    all,
    of: (itemId: string): ItemDraft => all[itemId] ?? emptyDraft,
    change: (itemId: string, patch: Partial<ItemDraft>) =>
      save({ ...all, [itemId]: { ...(all[itemId] ?? emptyDraft), ...patch } }),
    clear: (itemIds: string[]) =>
      save(Object.fromEntries(Object.entries(all).filter(([id]) => !itemIds.includes(id)))),
    filledCount: Object.values(all).filter(isFilled).length,
  };
}

export type LaneDrafts = ReturnType<typeof useLaneDrafts>;
