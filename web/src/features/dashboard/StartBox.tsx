import { SendHorizontal } from "lucide-react";
import { useId, useRef, type FormEvent, type KeyboardEvent } from "react";
import { AttachButton } from "@/features/session/composer/attachments/AttachButton";
import { AttachmentStrip } from "@/features/session/composer/attachments/AttachmentStrip";
import { takeUploads } from "@/features/session/composer/attachments/attachments";
import { DropZone } from "@/features/session/composer/attachments/DropZone";
import { DraftExtras, PasteLogsButton } from "@/features/session/composer/DraftExtras";
import { isSendKey } from "@/features/session/composer/sendKey";
import { useMessageDraft } from "@/features/session/composer/useMessageDraft";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useStartSession } from "./useStartSession";

/** Stands where a session's id stands for the drafts of a session. */
const draftPlace = "start";

/** Starts a session from words, pictures, logs, or all of them. What was typed or attached is kept until it has started. */
export function StartBox() {
  const draft = useMessageDraft(draftPlace);
  const { text, waiting, place } = draft;
  const start = useStartSession();
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const startable = draft.complete && !start.isPending;

  async function submit(event?: FormEvent) {
    event?.preventDefault();
    if (!startable) return;
    const uploads = draft.files.flatMap((file) => (file.upload ? [file.upload.id] : []));
    try {
      await start.mutateAsync({
        text: text.trim() || null,
        ...(uploads.length > 0 && { upload_ids: uploads }),
      });
    } catch {
      // Shown below; what was typed and attached stays.
      return;
    }
    draft.setText("");
    takeUploads(place);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!isSendKey(event)) return;
    event.preventDefault();
    void submit();
  }

  return (
    <DropZone place={place} className="flex flex-col">
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-2">
        <label htmlFor={id} className="font-heading text-[16px] font-semibold text-heading">
          What are you troubleshooting?
        </label>
        <DraftExtras draft={draft} onDone={() => field.current?.focus()} />
        <div className="flex flex-col rounded-card border border-line-hover bg-card p-2 focus-within:border-accent">
          <AttachmentStrip place={place} />
          <textarea
            ref={field}
            id={id}
            rows={2}
            value={text}
            maxLength={draft.maxLength}
            onChange={(event) => draft.setText(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={draft.onPaste}
            placeholder="Describe the problem, paste the error or drop a screenshot. Enter starts a session."
            className="field-sizing-content max-h-60 min-h-14 min-w-0 resize-none bg-transparent px-2 py-1 text-heading outline-none"
          />
          <div className="flex flex-wrap items-center gap-0.5">
            <AttachButton place={place} />
            <PasteLogsButton draft={draft} />
            <span className="ml-auto px-2 text-[12px] text-muted-fg">{waiting}</span>
            <Button
              type="submit"
              tone="accent"
              busy={start.isPending}
              disabled={!startable && !start.isPending}
            >
              <SendHorizontal aria-hidden className="size-4" />
              Start
            </Button>
          </div>
        </div>
        {start.isError && <ProblemNotice error={start.error} />}
      </form>
    </DropZone>
  );
}
