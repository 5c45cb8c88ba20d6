import { RefreshCw } from "lucide-react";
import { useState, type RefObject } from "react";
import type { SessionDetail } from "@/api/generated";
import { Button, IconButton } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { FloatingPanel } from "../dialogs/FloatingPanel";
import { MarkdownField } from "../dialogs/MarkdownField";
import { canConfirm, destination, noteWords } from "../model/endings";
import { useSurfaces, type NoteKind } from "../surfaces";
import { NoteFooter } from "./NoteFooter";
import { NoteNotices } from "./NoteNotices";
import { useNotePreview } from "./useNotePreview";
import { useNoteText } from "./useNoteText";
import { usePosting } from "./usePosting";

interface Props {
  kind: NoteKind;
  detail: SessionDetail;
  anchor: RefObject<HTMLElement | null>;
}

/** An artifact before it is posted: read it, edit it, see where it goes, confirm. Not a modal: the page stays usable. */
export default function NotePreview({ kind, detail, anchor }: Props) {
  const { session } = detail;
  const words = noteWords[kind];
  const closeNote = useSurfaces((surfaces) => surfaces.closeNote);
  const { query, waiting, writeAgain } = useNotePreview(session, kind);
  const open = canConfirm(kind, session.status);
  // What was posted before the session was reopened is not the text of now.
  const preview = query.data?.confirmed && open ? undefined : query.data;
  const text = useNoteText(session.id, kind, preview);
  const posting = usePosting(session, kind, text);
  const [editing, setEditing] = useState(text.edited);
  const stale = waiting || query.isPlaceholderData;

  return (
    <FloatingPanel
      wide
      title={words.title}
      subtitle={destination(session, preview, posting.status?.name).join(" · ")}
      closeLabel={`Close the ${words.short}`}
      anchor={anchor}
      onClose={closeNote}
      actions={
        open && (
          <IconButton
            label={`Write the ${words.short} again`}
            onClick={writeAgain}
            disabled={query.isFetching || posting.running}
          >
            <RefreshCw aria-hidden className={query.isFetching ? "size-4 animate-spin-round" : "size-4"} />
          </IconButton>
        )
      }
      footer={
        <NoteFooter
          kind={kind}
          detail={detail}
          preview={preview}
          refreshing={waiting || query.isFetching}
          stale={stale}
          text={text}
          posting={posting}
          editing={editing}
          onEditing={setEditing}
        />
      }
    >
      {query.isError && (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
      )}
      {!preview && !text.edited && !query.isError && (
        <SkeletonRows rows={4} label={`The ${words.short} is being written`} className="h-16" />
      )}
      {text.newer && !posting.running && (
        <NoteNotices.Newer
          short={words.short}
          confirmedBefore={posting.unfinished && text.wasConfirmed}
          onUse={() => {
            text.discard();
            setEditing(false);
          }}
          onKeep={text.keep}
        />
      )}
      {open && !posting.running && <NoteNotices.Fix kind={kind} fix={detail.active_fix} />}
      {(preview || text.edited) && (
        <MarkdownField
          label={`${words.title}, Markdown`}
          text={text.text}
          editing={editing && open}
          readOnly={posting.running}
          onChange={text.edit}
        />
      )}
      {text.leftOver !== null && (
        <details className="rounded-card border border-line-hover px-3 py-2">
          <summary className="text-[13px] font-medium text-heading">What you had written</summary>
          <MarkdownField
            label="What you had written"
            text={text.leftOver}
            editing={false}
            onChange={text.edit}
          />
          <Button size="sm" onClick={text.discard} className="mt-2">
            Discard it
          </Button>
        </details>
      )}
    </FloatingPanel>
  );
}
