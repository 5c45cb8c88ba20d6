import { useEffect, useState } from "react";

const latestMs = 3_000;

/** True once the browser has had nothing better to do: code that the first look at the page does not need is loaded then. */
export function useWhenIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (idle) return undefined;
    if (!("requestIdleCallback" in window)) {
      const timer = setTimeout(() => setIdle(true), latestMs);
      return () => clearTimeout(timer);
    }
    const request = requestIdleCallback(() => setIdle(true), { timeout: latestMs });
    return () => cancelIdleCallback(request);
  }, [idle]);
  return idle;
}
