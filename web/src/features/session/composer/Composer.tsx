import { SendHorizontal, Square } from "lucide-react";
import { memo, useRef, type KeyboardEvent } from "react";
import { announce } from "@/shared/lib/announce";
import { Button, IconButton } from "@/shared/ui/Button";
import { sendText } from "../commands/messages";
import { useLifecycle } from "../commands/lifecycle";
import type { LinkedTicket } from "../model/linkedTicket";
import { AttachButton } from "./attachments/AttachButton";
import { AttachmentStrip } from "./attachments/AttachmentStrip";
import { takeUploads } from "./attachments/attachments";
import { DraftExtras, PasteLogsButton } from "./DraftExtras";
import { isSendKey } from "./sendKey";
import { TicketContext } from "./TicketContext";
import { useGrowing } from "./useGrowing";
import { useMessageDraft } from "./useMessageDraft";

interface Props {
  sessionId: string;
  working: boolean;
  hint: string;
  /** The ticket the session works on. */
  ticket: LinkedTicket | null;
}

/** Enter sends, Shift+Enter breaks the line. What is typed or attached is kept until it was taken over by the outbox. */
export const Composer = memo(function Composer({ sessionId, working, hint, ticket }: Props) {
  const draft = useMessageDraft(sessionId);
  const { text, waiting, tooLong, maxLength, place } = draft;
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, text);

  function submit() {
    if (!draft.complete) {
      if (waiting) announce(waiting);
      return;
    }
    sendText(sessionId, text.trim(), takeUploads(place));
    draft.setText("");
    focus();
  }

  function focus() {
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!isSendKey(event)) return;
    event.preventDefault();
    submit();
  }

  function insert(part: string) {
    draft.insert(part);
    focus();
  }

  return (
    <form
      className="shrink-0 border-t border-line bg-page px-5 pt-3 pb-2 max-sm:px-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <DraftExtras draft={draft} onDone={focus} />
      <AttachmentStrip place={place} />
      <div className="flex items-end gap-2.5">
        <textarea
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => draft.setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={draft.onPaste}
          aria-label="Message to the pilot"
          aria-invalid={tooLong || undefined}
          placeholder={hint}
          className="field-sizing-content max-h-[220px] min-h-10 min-w-0 flex-1 resize-none rounded-card border border-line-hover bg-card px-3.5 py-2 text-heading"
        />
        {working && <StopButton sessionId={sessionId} />}
        <IconButton
          type="submit"
          label="Send"
          disabled={!draft.complete}
          className="size-10 bg-accent text-on-color hover:bg-accent hover:text-on-color hover:brightness-110"
        >
          <SendHorizontal aria-hidden className="size-4" />
        </IconButton>
      </div>
      <div className="mt-1 -ml-2.5 flex flex-wrap items-center gap-x-0.5">
        <AttachButton place={place} />
        <PasteLogsButton draft={draft} />
        {ticket && <TicketContext ticket={ticket} onInsert={insert} />}
        <span className="ml-auto text-[12px] text-muted-fg">{waiting}</span>
      </div>
      {tooLong && (
        <p role="alert" className="mt-1.5 text-[12.5px] text-danger">
          {text.length.toLocaleString()} characters: a message holds {maxLength.toLocaleString()}. Shorten it,
          or attach it as a log file.
        </p>
      )}
    </form>
  );
});

function StopButton({ sessionId }: { sessionId: string }) {
  const stop = useLifecycle(sessionId);
  return (
    <Button
      onClick={() => stop.mutate("stop")}
      busy={stop.isPending}
      aria-label="Stop the reply"
      className="min-h-10"
    >
      <Square aria-hidden className="size-3.5" />
      <span className="max-sm:hidden">Stop</span>
    </Button>
  );
}
