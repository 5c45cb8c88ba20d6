import { useQuery } from "@tanstack/react-query";
import { CircleCheck, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { shareUpdate, type PreviewAnswer, type SessionResource, type UpdateAudience } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { useRetryWriteback } from "../commands/endings";
import { useShareUpdate } from "../commands/sharing";
import { whyNotConfirm } from "../model/endings";
import { artifactFor } from "../model/updates";
import { isUnfinished } from "../model/writeback";
import { NoteNotices } from "../preview/NoteNotices";
import { useNoteText } from "../preview/useNoteText";
import { MarkdownField } from "./MarkdownField";

interface Props {
  audience: UpdateAudience;
  session: SessionResource;
  onBusy: (busy: boolean) => void;
}

/** One audience's update. Its draft is written when it is first looked at and stays the engineer's until it is posted. */
export function UpdateForm({ audience, session, onBusy }: Props) {
  const kind = artifactFor(audience);
  const [editing, setEditing] = useState(false);
  const [asked, setAsked] = useState(0);
  // A text that is there already is not written anew because the session went on.
  const [version] = useState(session.state_version);
  const post = useShareUpdate(session.id);
  const retry = useRetryWriteback(session.id);
  const draft = useQuery({
    queryKey: ["updateDraft", session.id, audience, session.psa_ticket_id, version, asked],
    queryFn: async ({ signal }) => {
      const { data } = await shareUpdate({
        path: { session_id: session.id },
        query: { preview: true, force: asked > 0 },
        body: { audience },
        signal,
      });
      return data as PreviewAnswer;
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (previous) => previous,
  });

  const text = useNoteText(session.id, kind, draft.data);
  const last = session.writeback?.kind === kind ? session.writeback : null;
  const sending = post.isPending || retry.isPending;
  const busy = sending || last?.state === "running";
  const unfinished = !busy && isUnfinished(last) && last;
  const answer = retry.data ?? post.data;
  const shared = !busy && !unfinished && answer !== undefined;
  const why = whyNotConfirm(text.text, "update");
  const written = draft.data !== undefined || text.edited;
  const error = busy ? null : (post.error ?? retry.error);

  useEffect(() => {
    onBusy(busy);
    return () => onBusy(false);
  }, [busy, onBusy]);

  useEffect(() => {
    if (shared && text.edited) text.discard();
  });

  function writeAgain() {
    text.discard();
    setEditing(false);
    setAsked(asked + 1);
  }

  function another() {
    post.reset();
    retry.reset();
    writeAgain();
  }

  function send() {
    text.confirm();
    retry.reset();
    post.mutate({ audience, markdown: text.text });
  }

  if (shared) {
    return (
      <div
        role="status"
        className="flex flex-wrap items-center gap-2.5 rounded-card border border-success/30 bg-success/10 px-3 py-2.5"
      >
        <CircleCheck aria-hidden className="size-4 shrink-0 text-success" />
        <p className="min-w-0 flex-1 text-[13px] font-medium text-heading">
          The update stands on ticket <span className="font-mono">#{session.psa_ticket_id}</span>.
        </p>
        <Button size="sm" onClick={another}>
          Write another
        </Button>
      </div>
    );
  }

  return (
    <>
      {draft.isError && (
        <ProblemNotice error={draft.error} onRetry={() => void draft.refetch()} busy={draft.isFetching} />
      )}
      {!written && !draft.isError && (
        <SkeletonRows rows={3} label="The update is being drafted" className="h-12" />
      )}
      {text.newer && !busy && (
        <NoteNotices.Newer
          short="update"
          confirmedBefore={Boolean(unfinished) && text.wasConfirmed}
          onUse={() => {
            text.discard();
            setEditing(false);
          }}
          onKeep={text.keep}
        />
      )}
      {written && (
        <MarkdownField
          label="Update, Markdown"
          text={text.text}
          editing={editing}
          readOnly={busy}
          onChange={text.edit}
        />
      )}
      {error !== null && <ProblemNotice error={error} />}
      {!error && unfinished && unfinished.error && (
        <ProblemNotice error={{ status: 502, ...unfinished.error }} />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button
          tone="ghost"
          disabled={busy}
          busy={draft.isFetching}
          onClick={writeAgain}
          title={text.edited ? "Replaces what you have written" : undefined}
        >
          {!draft.isFetching && <RefreshCw aria-hidden className="size-3.5" />}
          Write again
        </Button>
        <Button onClick={() => setEditing(!editing)} disabled={busy || !written}>
          {editing ? "Read" : "Edit"}
        </Button>
        {unfinished && <Button onClick={() => retry.mutate()}>Retry the last update</Button>}
        <Button
          tone="accent"
          busy={busy}
          disabled={!busy && (why !== null || (!text.edited && draft.isPlaceholderData))}
          onClick={send}
        >
          {busy ? "Posting" : "Post the update"}
        </Button>
      </div>
      {why && written && !busy && <p className="text-right text-[12.5px] text-muted-fg">{why}</p>}
    </>
  );
}
