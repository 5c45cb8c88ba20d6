import { ScrollText, SendHorizontal, Square } from "lucide-react";
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useUserId } from "@/auth/useMe";
import { announce } from "@/shared/lib/announce";
import { Button, IconButton } from "@/shared/ui/Button";
import { sendText } from "../commands/messages";
import { useLifecycle } from "../commands/lifecycle";
import type { LinkedTicket } from "../model/linkedTicket";
import { AttachButton } from "./attachments/AttachButton";
import { AttachmentStrip } from "./attachments/AttachmentStrip";
import { addFiles, attachmentPlace, takeUploads } from "./attachments/attachments";
import { useDraftFiles } from "./attachments/useDraftFiles";
import { LogPanel } from "./LogPanel";
import { LongPasteOffer } from "./LongPasteOffer";
import { isLongPaste, pastedFiles, toLogFile, withParagraph } from "./pastes";
import { isSendKey } from "./sendKey";
import { TicketContext } from "./TicketContext";
import { useDraft } from "./useDraft";
import { useGrowing } from "./useGrowing";

const maxLength = 20_000;

interface Props {
  sessionId: string;
  working: boolean;
  hint: string;
  /** The ticket the session works on. */
  ticket: LinkedTicket | null;
}

/** Enter sends, Shift+Enter breaks the line. What is typed or attached is kept until it was taken over by the outbox. */
export function Composer({ sessionId, working, hint, ticket }: Props) {
  const [text, setText] = useDraft(sessionId, "message");
  const [log, setLog] = useDraft(sessionId, "log");
  const [logOpen, setLogOpen] = useState(log !== "");
  const [longPaste, setLongPaste] = useState<string | null>(null);
  const place = attachmentPlace(useUserId(), sessionId);
  const { files, waiting } = useDraftFiles(place);
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, text);
  const tooLong = text.length > maxLength;
  const sendable = (text.trim() !== "" || files.length > 0) && !tooLong && waiting === null;
  const offered = longPaste !== null && text.includes(longPaste) ? longPaste : null;

  function submit() {
    if (!sendable) {
      if (waiting) announce(waiting);
      return;
    }
    sendText(sessionId, text.trim(), takeUploads(place));
    setText("");
    setLongPaste(null);
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!isSendKey(event)) return;
    event.preventDefault();
    submit();
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = pastedFiles(event.clipboardData);
    if (pasted.length > 0) {
      event.preventDefault();
      addFiles(place, pasted);
      return;
    }
    // A text field knows no other end of a line than this one.
    const words = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
    if (isLongPaste(words)) setLongPaste(words);
  }

  function insert(part: string) {
    setText(withParagraph(text, part));
    field.current?.focus();
  }

  return (
    <form
      className="shrink-0 border-t border-line bg-page px-5 pt-3 pb-2 max-sm:px-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {logOpen && (
        <LogPanel
          place={place}
          text={log}
          onChange={setLog}
          onInsert={insert}
          onClose={() => {
            setLogOpen(false);
            field.current?.focus();
          }}
        />
      )}
      {offered !== null && (
        <LongPasteOffer
          text={offered}
          onKeep={() => setLongPaste(null)}
          onAttach={() => {
            addFiles(place, [toLogFile(offered)]);
            setText(text.replace(offered, () => ""));
            setLongPaste(null);
            field.current?.focus();
          }}
        />
      )}
      <AttachmentStrip place={place} />
      <div className="flex items-end gap-2.5">
        <textarea
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          aria-label="Message to the pilot"
          aria-invalid={tooLong || undefined}
          placeholder={hint}
          className="field-sizing-content max-h-[220px] min-h-10 min-w-0 flex-1 resize-none rounded-card border border-line-hover bg-card px-3.5 py-2 text-heading"
        />
        {working && <StopButton sessionId={sessionId} />}
        <IconButton
          type="submit"
          label="Send"
          disabled={!sendable}
          className="size-10 bg-accent text-on-color hover:bg-accent hover:text-on-color hover:brightness-110"
        >
          <SendHorizontal aria-hidden className="size-4" />
        </IconButton>
      </div>
      <div className="mt-1 -ml-2.5 flex flex-wrap items-center gap-x-0.5">
        <AttachButton place={place} />
        <Button
          tone="ghost"
          size="sm"
          aria-expanded={logOpen}
          onClick={() => setLogOpen(!logOpen)}
          className="max-sm:px-2"
        >
          <ScrollText aria-hidden className="size-3.5" />
          Paste logs
        </Button>
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
}

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
