import { useEffect, useRef, type RefObject } from "react";
import type { LaneItemResource } from "@/api/generated";

const marginPx = 12;

/** Brings the first newly asked item into view; what was there when the page was opened stays where it is. */
export function useShowNewItems(scroller: RefObject<HTMLElement | null>, items: LaneItemResource[]): void {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(items.map((item) => item.id));
    const fresh = before && items.find((item) => item.status === "open" && !before.has(item.id));
    const box = scroller.current;
    const card = fresh && box?.querySelector<HTMLElement>(`[data-item="${fresh.id}"]`);
    if (!card || !box) return;
    const below = card.getBoundingClientRect().bottom + marginPx - box.getBoundingClientRect().bottom;
    const above = card.getBoundingClientRect().top - marginPx - box.getBoundingClientRect().top;
    // Only this box is moved: scrolling the card into view would move the page around it too.
    if (above < 0) box.scrollBy({ top: above });
    else if (below > 0) box.scrollBy({ top: Math.min(below, above) });
  }, [scroller, items]);
}
