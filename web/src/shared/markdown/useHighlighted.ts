import { useEffect, useState } from "react";
import type { Highlighted } from "./highlighter";

const longestHighlighted = 30_000;

/** The coloured form of a finished piece of code. Null until the highlighter is there, and for what it does not know. */
export function useHighlighted(code: string, language: string | null): Highlighted | null {
  const [result, setResult] = useState<{ code: string; tree: Highlighted | null } | null>(null);
  useEffect(() => {
    if (!language || code.length > longestHighlighted) return undefined;
    let wanted = true;
    import("./highlighter")
      .then(({ highlight }) => wanted && setResult({ code, tree: highlight(code, language.toLowerCase()) }))
      // Plain code is readable too: a chunk that could not be loaded is asked for again by the next block.
      .catch(() => undefined);
    return () => {
      wanted = false;
    };
  }, [code, language]);
  return result?.code === code ? result.tree : null;
}
