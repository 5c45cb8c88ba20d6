import { useState } from "react";
import type { SessionResource, TicketStatus } from "@/api/generated";
import { usePostNote, useRetryWriteback } from "../commands/endings";
import { isUnfinished } from "../model/writeback";
import type { NoteKind } from "../surfaces";
import type { NoteText } from "./useNoteText";
import { useDraft } from "../composer/useDraft";

/** How the posting of one artifact stands, here or as another tab or a colleague started it, and what moves it on. */
export function usePosting(session: SessionResource, kind: NoteKind, text: NoteText) {
  const retry = useRetryWriteback(session.id);
  const [reason, setReason] = useDraft(session.id, `${kind.replace("_", "-")}-reason`);
  const [status, setStatus] = useState<TicketStatus | null>(null);
  const post = usePostNote(session.id, kind, text.ended);
  const last = session.writeback ?? null;
  const writeback = last?.kind === kind ? last : null;
  const sending = post.isPending || retry.isPending;
  const running = sending || writeback?.state === "running";

  return {
    writeback,
    /** A request is on its way; the writeback shown is still the one before it. */
    sending,
    running,
    unfinished: !running && isUnfinished(writeback),
    error: running ? null : (post.error ?? retry.error),
    reason,
    setReason,
    /** The status chosen for the ticket; null: the one the account has set. */
    status,
    setStatus,
    confirm: () => {
      text.confirm();
      retry.reset();
      post.mutate(
        { markdown: text.text, reason, statusId: status?.id ?? null },
        { onSuccess: () => setReason("") },
      );
    },
    retryRest: () => {
      post.reset();
      retry.mutate();
    },
  };
}

export type Posting = ReturnType<typeof usePosting>;
