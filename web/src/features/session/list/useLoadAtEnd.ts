import { useEffect, useRef, type RefObject } from "react";

const aheadPx = 200;

/** Put the ref on what stands at the end of a list: shortly before it comes into view, more is loaded. */
export function useLoadAtEnd(more: boolean, load: () => void): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  useEffect(() => {
    const element = end.current;
    if (!element || !more) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) latest.current();
      },
      { root: element.parentElement, rootMargin: `${aheadPx}px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [more]);
  return end;
}
