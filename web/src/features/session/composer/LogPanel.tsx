import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { Button, IconButton } from "@/shared/ui/Button";
import { filesPerMessage } from "./attachments/attachment";
import { addFiles, useAttachments } from "./attachments/attachments";
import { longestInline, toCodeBlock, toLogFile } from "./pastes";

interface Props {
  place: string;
  text: string;
  onChange: (text: string) => void;
  /** Puts a part into the message. */
  onInsert: (part: string) => void;
  onClose: () => void;
}

/** Room for a log. A short one becomes a code block of the message, a long one a text file beside it. */
export function LogPanel({ place, text, onChange, onInsert, onClose }: Props) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const full = useAttachments(place).files.length >= filesPerMessage;
  const inline = text.length <= longestInline;
  const lines = text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
  useEffect(() => field.current?.focus(), []);

  function attach() {
    if (inline) onInsert(toCodeBlock(text));
    else addFiles(place, [toLogFile(text)]);
    onChange("");
    onClose();
  }

  return (
    <section aria-labelledby={id} className="mb-2 rounded-card border border-line-hover bg-card">
      <div className="flex items-center justify-between border-b border-line py-1 pr-1 pl-3">
        <h2 id={id} className="font-sans text-[13px] font-medium">
          Paste logs
        </h2>
        <IconButton label="Close the log" onClick={onClose} className="size-7">
          <X aria-hidden className="size-3.5" />
        </IconButton>
      </div>
      <textarea
        ref={field}
        aria-label="Log text"
        value={text}
        spellCheck={false}
        wrap="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
        }}
        placeholder="Paste event log entries, command output, a configuration…"
        className="block h-44 w-full resize-y bg-transparent px-3 py-2 font-mono text-[12.5px] text-primary focus-visible:-outline-offset-2"
      />
      <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-3 py-2">
        <span className="font-mono text-[11px] text-muted-fg">
          {lines.toLocaleString()} lines · {text.length.toLocaleString()} characters
        </span>
        <Button size="sm" tone="accent" disabled={text.trim() === "" || (!inline && full)} onClick={attach}>
          {inline ? "Add to the message" : "Attach as a log file"}
        </Button>
      </div>
      {!inline && full && (
        <p className="px-3 pb-2 text-[12.5px] text-muted-fg">
          The message has {filesPerMessage} files already. Remove one to attach the log.
        </p>
      )}
    </section>
  );
}
