import { useEffect, useRef, type RefObject } from "react";
import type { LaneItemResource } from "@/api/generated";
import { cardOf, scrollWithin } from "./scrollWithin";

/** Brings the first newly asked item into view; what was there when the page was opened stays where it is. */
export function useShowNewItems(scroller: RefObject<HTMLElement | null>, items: LaneItemResource[]): void {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(items.map((item) => item.id));
    const fresh = before && items.find((item) => item.status === "open" && !before.has(item.id));
    const box = scroller.current;
    const card = fresh ? cardOf(box, "item", fresh.id) : null;
    if (box && card) scrollWithin(box, card);
  }, [scroller, items]);
}
