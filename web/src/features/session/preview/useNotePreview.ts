import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewEscalationPackage, previewResolutionNote, type SessionResource } from "@/api/generated";
import { useDebounced } from "@/shared/lib/useDebounced";
import { noteWords } from "../model/endings";
import type { NoteKind } from "../surfaces";

const refreshAfterMs = 500;
const never = { version: -1, times: 0 };

/** The artifact for the present state. A change of state asks for a new one half a second later, and the old one stays shown. */
export function useNotePreview(session: SessionResource, kind: NoteKind) {
  const sessionId = session.id;
  const stateVersion = session.state_version;
  const version = useDebounced(stateVersion, refreshAfterMs);
  // Ending a session changes the text without changing its state: what was confirmed is shown from then on.
  const ending = session.status === noteWords[kind].ended ? (session.writeback?.number ?? 0) : null;
  const [asked, setAsked] = useState(never);
  // Written again is what the engineer saw; the next state is written as usual.
  const forced = asked.version === version ? asked.times : 0;
  const query = useQuery({
    queryKey: ["notePreview", sessionId, kind, version, ending, forced],
    queryFn: async ({ signal }) => {
      const call = { path: { session_id: sessionId }, query: { force: forced > 0 }, signal };
      const { data } =
        kind === "resolution_note" ? await previewResolutionNote(call) : await previewEscalationPackage(call);
      return data;
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Never the text of another session: only an earlier one of this session may stand in.
    placeholderData: (previous, previousQuery) =>
      previousQuery?.queryKey[1] === sessionId && previousQuery.queryKey[2] === kind ? previous : undefined,
  });
  return {
    query,
    waiting: version !== stateVersion,
    writeAgain: () => setAsked({ version, times: forced + 1 }),
  };
}
