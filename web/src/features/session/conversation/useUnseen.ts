import { useCallback, useMemo, useState } from "react";
import type { MessageResource } from "@/api/generated";

/** Counts the pilot's replies that came while the engineer read further up. */
export function useUnseen(messages: MessageResource[]) {
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const unseen = useMemo(() => {
    if (leftAt === null) return 0;
    let count = 0;
    for (const message of messages.toReversed()) {
      if (message.seq <= leftAt) break;
      if (message.role === "pilot") count += 1;
    }
    return count;
  }, [messages, leftAt]);
  const newest = messages.at(-1)?.seq ?? 0;
  const onEndSeen = useCallback((atEnd: boolean) => setLeftAt(atEnd ? null : newest), [newest]);
  return { unseen, onEndSeen };
}
