import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { useSurfaces, type RevealTarget } from "../surfaces";
import { cardOf, scrollWithin } from "./scrollWithin";

const markedForMs = 2500;

/** Requests that were met: the lane is made anew each time the drawer opens, and must not point at an old target again. */
const met = new WeakSet<RevealTarget>();

/**
 * Shows the fact or item that another part of the page points at: scrolled into view, focused, marked for a moment. `shown` is
 * everything the lane draws: a target that is not there yet is shown as soon as it is.
 */
export function useRevealInLane(scroller: RefObject<HTMLElement | null>, shown: readonly unknown[]): void {
  const revealed = useSurfaces((surfaces) => surfaces.revealed);
  useEffect(() => {
    const box = scroller.current;
    if (!box || !revealed || revealed.kind === "message" || met.has(revealed)) return;
    const card = cardOf(box, revealed.kind, revealed.id);
    if (!card) return;
    met.add(revealed);
    scrollWithin(box, card);
    card.focus({ preventScroll: true });
    card.dataset.marked = "";
    setTimeout(() => delete card.dataset.marked, markedForMs);
    // `shown` is a list of what may bring the target.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [scroller, revealed, ...shown]);
}

/** Points at what a command brings about as soon as it is drawn. Returns the function that says what to wait for. */
export function useRevealWhenThere(
  kind: "item" | "fact",
  isThere: (id: string) => boolean,
): (id: string) => void {
  const reveal = useSurfaces((surfaces) => surfaces.reveal);
  const [awaited, setAwaited] = useState<{ id: string } | null>(null);
  const shown = useRef(awaited);
  const there = awaited !== null && isThere(awaited.id);
  useEffect(() => {
    if (!there || shown.current === awaited) return;
    shown.current = awaited;
    reveal(kind, awaited.id);
  }, [there, awaited, kind, reveal]);
  return useCallback((id) => setAwaited({ id }), []);
}

/** The drawer opens when something in it is pointed at, and gives way when a message behind it is. */
export function useRevealMovesDrawer(wide: boolean): void {
  const revealed = useSurfaces((surfaces) => surfaces.revealed);
  const setLaneOpen = useSurfaces((surfaces) => surfaces.setLaneOpen);
  useEffect(() => {
    if (revealed && !wide) setLaneOpen(revealed.kind !== "message");
    // Making the window narrow is no request to see the target again.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [revealed, setLaneOpen]);
}
