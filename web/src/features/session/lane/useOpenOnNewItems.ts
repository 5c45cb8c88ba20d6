import { useEffect, useRef } from "react";

/** The lane opens by itself when a reply brings items, not when the page is merely loaded. */
export function useOpenOnNewItems(
  openItems: number,
  wide: boolean,
  setLaneOpen: (open: boolean) => void,
): void {
  const before = useRef<number | null>(null);
  useEffect(() => {
    // On a phone the drawer would cover the reply that brought the items; there the button tells the number.
    const roomy = !wide && window.innerWidth >= 640;
    if (before.current !== null && openItems > before.current && roomy) setLaneOpen(true);
    before.current = openItems;
  }, [openItems, wide, setLaneOpen]);
}
