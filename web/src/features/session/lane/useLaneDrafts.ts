import { useCallback, useEffect, useRef, useState } from "react";
import { useDraft } from "../composer/useDraft";
import { emptyDraft, parseDrafts, type ItemDraft } from "./laneDrafts";

export type Drafts = Record<string, ItemDraft>;

/** Answers being filled in, kept like the message draft: per engineer and session, across reloads. */
export function useLaneDrafts(sessionId: string) {
  const [stored, store] = useDraft(sessionId, "lane");
  const [all, setAll] = useState<Drafts>(() => parseDrafts(stored));
  const latest = useRef({ all, store });
  useEffect(() => {
    latest.current.store = store;
  });

  const update = useCallback((changed: (drafts: Drafts) => Drafts) => {
    const next = Object.fromEntries(
      Object.entries(changed(latest.current.all)).filter(
        ([, draft]) => draft.answer !== "" || draft.output !== "",
      ),
    );
    latest.current.all = next;
    setAll(next);
    latest.current.store(Object.keys(next).length === 0 ? "" : JSON.stringify(next));
  }, []);

  const change = useCallback(
    (itemId: string, patch: Partial<ItemDraft>) =>
      update((drafts) => ({ ...drafts, [itemId]: { ...(drafts[itemId] ?? emptyDraft), ...patch } })),
    [update],
  );
  const clear = useCallback(
    (itemIds: string[]) =>
      update((drafts) => Object.fromEntries(Object.entries(drafts).filter(([id]) => !itemIds.includes(id)))),
    [update],
  );
  return { all, change, clear, latest };
}
