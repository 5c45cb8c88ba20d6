import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listSessionsInfiniteOptions } from "@/api/generated/@tanstack/react-query.gen";
import { useDebounced } from "@/shared/lib/useDebounced";

const pageSize = 50;
const searchAfterMs = 250;
const maxSearchLength = 200;

/** The engineer's sessions, page by page, and the search in them. Each search has its own answer: a late one never shows for another. */
export function useSessionList() {
  const [typed, setTyped] = useState("");
  const q = useDebounced(typed.trim(), searchAfterMs);
  const list = useInfiniteQuery({
    ...listSessionsInfiniteOptions({ query: { limit: pageSize, ...(q !== "" && { q }) } }),
    initialPageParam: {},
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // What is there stays, dimmed, until the search was answered.
    placeholderData: keepPreviousData,
  });
  return {
    typed,
    search: (text: string) => setTyped(text.slice(0, maxSearchLength)),
    /** What is being looked for, once it stands still. */
    q,
    list,
    rows: list.data?.pages.flatMap((page) => page.items) ?? [],
    /** What is shown is not yet the answer to what is typed. */
    stale: list.isPlaceholderData || q !== typed.trim(),
  };
}
