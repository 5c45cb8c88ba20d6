import { useCallback, useRef, useState } from "react";

/** So close to the end counts as there. */
export const nearEndPx = 80;
/** From here on a button leads back to the end. */
const farFromEndPx = 160;

type Scrolled = Pick<HTMLElement, "scrollTop" | "scrollHeight" | "clientHeight">;

/** Whether the engineer reads the end. What grows there does not lead away from it, only scrolling up does. */
export function useReadsEnd(onEndSeen: (seen: boolean) => void) {
  const readsEnd = useRef(true);
  const lastTop = useRef(0);
  const [scrolledUp, setScrolledUp] = useState(false);
  const onScroll = useCallback(
    ({ scrollTop, scrollHeight, clientHeight }: Scrolled) => {
      const toEnd = scrollHeight - clientHeight - scrollTop;
      const atEnd = toEnd < nearEndPx || (readsEnd.current && scrollTop >= lastTop.current);
      lastTop.current = scrollTop;
      if (atEnd !== readsEnd.current) onEndSeen(atEnd);
      readsEnd.current = atEnd;
      setScrolledUp(!atEnd && toEnd > farFromEndPx);
    },
    [onEndSeen],
  );
  return { readsEnd, scrolledUp, onScroll };
}
