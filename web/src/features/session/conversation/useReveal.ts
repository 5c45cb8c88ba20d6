import { useEffect, useRef, useState } from "react";
import { announce } from "@/shared/lib/announce";
import type { ConversationRow } from "../model/conversation";
import { useSurfaces } from "../surfaces";
import type { OlderMessages } from "./useOlderMessages";

const markedForMs = 1600;

/**
 * Shows the message that another part of the page points at: older pages are loaded until it is there, then it is scrolled to and
 * marked for a moment. Returns the key of the marked row.
 */
export function useReveal(
  rows: ConversationRow[],
  older: OlderMessages,
  scrollTo: (index: number) => void,
): string | null {
  const target = useSurfaces(({ revealed }) => (revealed?.kind === "message" ? revealed : null));
  const [marked, setMarked] = useState<{ key: string; request: number } | null>(null);
  const answered = useRef(0);
  const { load, loading, more, problem } = older;

  useEffect(() => {
    if (!target || loading || answered.current === target.request) return;
    const index = rows.findIndex((row) => "messageId" in row && row.messageId === target.id);
    const row = rows[index];
    if (row) {
      answered.current = target.request;
      scrollTo(index);
      requestAnimationFrame(() => setMarked({ key: row.key, request: target.request }));
    } else if (more && !problem) load();
    else {
      answered.current = target.request;
      announce("The message could not be found.");
    }
  }, [target, rows, load, loading, more, problem, scrollTo]);

  useEffect(() => {
    if (!marked) return undefined;
    const timer = setTimeout(() => setMarked(null), markedForMs);
    return () => clearTimeout(timer);
  }, [marked]);

  return marked?.key ?? null;
}
