import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { FactResource } from "@/api/generated";
import { useDraft } from "../composer/useDraft";
import { parseDeleted, toDeleted, type DeletedFact } from "../model/laneDeleted";

/**
 * The facts deleted here, with the way back. Fresh ones stand in their place; older ones are kept together. They outlive a
 * reload, and one that stands again, whoever restored it, is no deletion any more.
 */
export function useDeletedFacts(sessionId: string, facts: FactResource[]) {
  const [stored, store] = useDraft(sessionId, "deleted-facts");
  const [all, setAll] = useState<DeletedFact[]>(() => parseDeleted(stored));
  const [freshIds, setFreshIds] = useState<ReadonlySet<string>>(new Set());
  const save = useRef(store);
  useEffect(() => {
    save.current = store;
  });

  const update = useCallback((change: (deleted: DeletedFact[]) => DeletedFact[]) => {
    setAll((before) => {
      const next = change(before);
      save.current(next.length === 0 ? "" : JSON.stringify(next));
      return next;
    });
  }, []);

  // Until the session was read again, the fact is still in the list although it is deleted.
  const leftTheList = useRef(new Set(all.map((deleted) => deleted.id)));
  useEffect(() => {
    const standing = new Set(facts.map((fact) => fact.id));
    const back = all.filter(({ id }) => standing.has(id) && leftTheList.current.has(id));
    for (const { id } of all) if (!standing.has(id)) leftTheList.current.add(id);
    if (back.length === 0) return;
    for (const { id } of back) leftTheList.current.delete(id);
    update((deleted) => deleted.filter((one) => !back.includes(one)));
  }, [facts, all, update]);

  const remember = useCallback(
    (fact: FactResource) => {
      setFreshIds((ids) => new Set(ids).add(fact.id));
      update((deleted) => [...deleted.filter(({ id }) => id !== fact.id), toDeleted(fact)]);
    },
    [update],
  );
  const settle = useCallback(
    (id: string) => setFreshIds((ids) => new Set([...ids].filter((fresh) => fresh !== id))),
    [],
  );

  return useMemo(
    () => ({
      ids: new Set(all.map(({ id }) => id)),
      fresh: all.filter(({ id }) => freshIds.has(id)),
      older: all.filter(({ id }) => !freshIds.has(id)),
      remember,
      settle,
    }),
    [all, freshIds, remember, settle],
  );
}
