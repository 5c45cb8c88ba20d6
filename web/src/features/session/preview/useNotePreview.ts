import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { previewResolutionNote } from "@/api/generated";

const refreshAfterMs = 500;

/** The note for the present state. A change of state asks for a new one half a second later, and the old one stays shown. */
export function useNotePreview(sessionId: string, stateVersion: number) {
  const version = useDebounced(stateVersion, refreshAfterMs);
  const [forced, setForced] = useState(0);
  const query = useQuery({
    queryKey: ["resolutionNotePreview", sessionId, version, forced],
    queryFn: async ({ signal }) => {
      const { data } = await previewResolutionNote({
        path: { session_id: sessionId },
        query: { force: forced > 0 },
        signal,
      });
      return data;
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Never the note of another session: only an earlier one of this session may stand in.
    placeholderData: (previous, previousQuery) =>
      previousQuery?.queryKey[1] === sessionId ? previous : undefined,
  });
  return { query, waiting: version !== stateVersion, regenerate: () => setForced((count) => count + 1) };
}

function useDebounced<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
