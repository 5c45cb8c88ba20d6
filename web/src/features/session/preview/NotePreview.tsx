import { Popover } from "@base-ui/react/popover";
import { RefreshCw, X } from "lucide-react";
import { useState, type RefObject } from "react";
import type { PreviewAnswer, SessionResource } from "@/api/generated";
import { Button, IconButton } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { Markdown } from "@/shared/markdown/Markdown";
import { useDraft } from "../composer/useDraft";
import { toSteps } from "../model/writeback";
import { useSurfaces, type NoteKind } from "../surfaces";
import { useNotePreview } from "./useNotePreview";
import { usePostNote } from "./usePostNote";
import { PostResult } from "./PostResult";
import { PostSteps } from "./PostSteps";

const maxLength = 20_000;

interface Props {
  kind: NoteKind;
  session: SessionResource;
  anchor: RefObject<HTMLElement | null>;
}

/** The resolution note before it is posted: read it, edit it, see where it goes, confirm. Not a modal: the page stays usable. */
export default function NotePreview({ session, anchor }: Props) {
  const closeNote = useSurfaces((surfaces) => surfaces.closeNote);
  return (
    <Popover.Root
      open
      onOpenChange={(next, details) => {
        // Looking something up in the conversation must not close the note.
        if (!next && details.reason !== "outside-press" && details.reason !== "focus-out") closeNote();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="bottom"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          className="z-40"
        >
          <Popover.Popup className="flex max-h-[min(720px,var(--available-height))] w-[min(560px,calc(100vw-16px))] flex-col rounded-card border border-line-hover bg-card shadow-float outline-none">
            <Panel session={session} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Panel({ session }: { session: SessionResource }) {
  const { query, waiting, regenerate } = useNotePreview(session.id, session.state_version);
  const post = usePostNote(session.id);
  // The engineer's own text, with the draft it was made from, so that a newer draft never overwrites it unasked.
  const [edited, setEdited] = useDraft(session.id, "resolution-note");
  const [basis, setBasis] = useDraft(session.id, "resolution-note-basis");
  const [editing, setEditing] = useState(edited !== "");

  const preview = query.data;
  const markdown = edited === "" ? (preview?.markdown ?? "") : edited;
  const newerDraft = edited !== "" && preview !== undefined && basis !== "" && basis !== preview.markdown;
  const resolved = session.status === "resolved";
  const writeback = session.writeback ?? null;
  const running = post.isPending || writeback?.state === "running";
  const wrong = writeback !== null && (writeback.state === "failed" || writeback.state === "unverified");
  const settled = resolved || running || wrong;

  function edit(text: string) {
    if (edited === "" && preview) setBasis(preview.markdown);
    setEdited(text);
  }

  function useNewDraft() {
    setEdited("");
    setBasis("");
    setEditing(false);
  }

  return (
    <>
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <div className="min-w-0 flex-1">
          <Popover.Title className="text-[15px]">Resolution note</Popover.Title>
          <p className="text-[12.5px] text-muted-fg">
            {session.psa_ticket_id ? (
              <>
                {preview?.confirmed ? "Posted to ticket" : "Goes to ticket"}{" "}
                <span className="font-mono">#{session.psa_ticket_id}</span>
                {preview && ` · ${statusWords(preview)}`}
              </>
            ) : (
              "No ticket is linked: the note is kept here and nothing is posted."
            )}
          </p>
        </div>
        {!resolved && (
          <IconButton
            label="Write the note again"
            onClick={regenerate}
            disabled={query.isFetching || running}
          >
            <RefreshCw aria-hidden className={query.isFetching ? "size-4 animate-spin-round" : "size-4"} />
          </IconButton>
        )}
        <Popover.Close render={<IconButton label="Close the note" />}>
          <X aria-hidden className="size-4" />
        </Popover.Close>
      </header>

      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-4 py-3">
        {query.isError && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
        )}
        {query.isPending && !query.isError && (
          <SkeletonRows rows={4} label="The note is being written" className="h-16" />
        )}
        {newerDraft && (
          <div
            role="status"
            className="flex flex-wrap items-center gap-2 rounded-card border border-info/30 bg-info/10 px-3 py-2 text-[13px]"
          >
            <span className="min-w-0 flex-1">The session changed since you edited this note.</span>
            <Button size="sm" onClick={useNewDraft}>
              Use the new draft
            </Button>
            <Button size="sm" tone="ghost" onClick={() => setBasis(preview.markdown)}>
              Keep mine
            </Button>
          </div>
        )}
        {preview && editing && !resolved ? (
          <textarea
            value={markdown}
            onChange={(event) => edit(event.target.value)}
            maxLength={maxLength}
            readOnly={running}
            aria-label="Resolution note, Markdown"
            className="min-h-72 w-full flex-1 resize-y rounded-control border border-line-hover bg-page px-3 py-2 font-mono text-[12.5px]"
          />
        ) : (
          markdown && <Markdown text={markdown} />
        )}
      </div>

      <footer className="flex flex-col gap-2.5 border-t border-line px-4 py-3">
        {settled && session.psa_ticket_id && <PostSteps steps={toSteps(writeback, post.isPending)} />}
        <PostResult session={session} error={running ? null : post.error} />
        {!resolved && (
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p className="font-mono text-[11px] text-muted-fg">
              {preview &&
                (waiting || query.isFetching
                  ? "refreshing…"
                  : `${preview.from_cache ? "cached" : "fresh"} · v${preview.state_version}`)}
            </p>
            <div className="flex gap-2">
              <Button onClick={() => setEditing(!editing)} disabled={!preview || running}>
                {editing ? "Read" : "Edit"}
              </Button>
              <Button
                tone="success"
                busy={running}
                disabled={markdown.trim() === "" || waiting}
                onClick={() => post.mutate(markdown)}
              >
                {label(
                  running,
                  wrong || post.isError,
                  session.psa_ticket_id !== null && session.psa_ticket_id !== undefined,
                )}
              </Button>
            </div>
          </div>
        )}
      </footer>
    </>
  );
}

/** What happens, or has happened, to the ticket's status. */
function statusWords(preview: PreviewAnswer): string {
  if (preview.confirmed) return preview.target_status ? `status “${preview.target_status}”` : "verified";
  return preview.target_status ? `status becomes “${preview.target_status}”` : "the status stays as it is";
}

function label(running: boolean, again: boolean, ticket: boolean): string {
  if (running) return ticket ? "Posting" : "Resolving";
  if (again) return "Retry";
  return ticket ? "Confirm & post" : "Confirm & resolve";
}
