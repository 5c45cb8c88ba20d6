import { useEffect, type RefObject } from "react";

const steps: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => Math.min(at + 1, count - 1),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, count) => count - 1,
};

/** Arrow keys, Home and End go through the elements inside `box` that match; a long list is then one stop of Tab. */
export function useArrowKeys(box: RefObject<HTMLElement | null>, selector: string): void {
  useEffect(() => {
    const root = box.current;
    if (!root) return undefined;
    function onKeyDown(event: KeyboardEvent) {
      const step = steps[event.key];
      if (!step || !root || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const all = [...root.querySelectorAll<HTMLElement>(selector)];
      const at = all.findIndex((element) => element === document.activeElement);
      if (at < 0) return;
      event.preventDefault();
      all[step(at, all.length)]?.focus();
    }
    root.addEventListener("keydown", onKeyDown);
    return () => root.removeEventListener("keydown", onKeyDown);
  }, [box, selector]);
}
