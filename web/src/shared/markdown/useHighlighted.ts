import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Highlighted } from "./highlighter";

type Highlight = (code: string, language: string) => Highlighted | null;

const longestHighlighted = 30_000;

let loaded: Highlight | null = null;
const waiting = new Set<() => void>();

function subscribe(onLoaded: () => void): () => void {
  waiting.add(onLoaded);
  return () => waiting.delete(onLoaded);
}

async function load(): Promise<void> {
  if (loaded) return;
  try {
    loaded = (await import("./highlighter")).highlight;
    for (const tell of waiting) tell();
  } catch {
    // Plain code is readable too: a chunk that could not be loaded is asked for again by the next block.
  }
}

/**
 * The coloured form of a finished piece of code. Null until the highlighter is there, and for what it does not know. Once it is
 * there the first look has its colours, so that nothing is drawn twice.
 */
export function useHighlighted(code: string, language: string | null): Highlighted | null {
  const highlight = useSyncExternalStore(subscribe, () => loaded);
  const wanted = language !== null && code.length <= longestHighlighted;
  useEffect(() => {
    if (wanted) void load();
  }, [wanted]);
  return useMemo(
    () => (highlight && wanted ? highlight(code, language.toLowerCase()) : null),
    [highlight, wanted, code, language],
  );
}
