import { SendHorizontal, Square } from "lucide-react";
import { useLayoutEffect, useRef, type KeyboardEvent } from "react";
import { Button, IconButton } from "@/shared/ui/Button";
import { sendText } from "../commands/messages";
import { useLifecycle } from "../commands/lifecycle";
import { useDraft } from "./useDraft";

const maxLength = 20_000;

interface Props {
  sessionId: string;
  working: boolean;
  hint: string;
}

/** Enter sends, Shift+Enter breaks the line. What is typed is kept until it was taken over by the outbox. */
export function Composer({ sessionId, working, hint }: Props) {
  const [text, setText] = useDraft(sessionId, "message");
  const field = useRef<HTMLTextAreaElement>(null);
  const stop = useLifecycle(sessionId);
  const tooLong = text.length > maxLength;
  const sendable = text.trim() !== "" && !tooLong;

  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 220)}px`;
  }, [text]);

  function submit() {
    if (!sendable) return;
    sendText(sessionId, text.trim());
    setText("");
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className="shrink-0 border-t border-line bg-page px-5 py-3 max-sm:px-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="flex items-end gap-2.5">
        <textarea
          ref={field}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-label="Message to the pilot"
          aria-invalid={tooLong || undefined}
          placeholder={hint}
          className="min-h-10 min-w-0 flex-1 resize-none rounded-card border border-line-hover bg-card px-3.5 py-2 text-heading"
        />
        {working && (
          <Button
            onClick={() => stop.mutate("stop")}
            busy={stop.isPending}
            aria-label="Stop the reply"
            className="min-h-10"
          >
            <Square aria-hidden className="size-3.5" />
            <span className="max-sm:hidden">Stop</span>
          </Button>
        )}
        <IconButton
          type="submit"
          label="Send"
          disabled={!sendable}
          className="size-10 bg-accent text-on-color hover:bg-accent hover:text-on-color hover:brightness-110"
        >
          <SendHorizontal aria-hidden className="size-4" />
        </IconButton>
      </div>
      {tooLong && (
        <p role="alert" className="mt-1.5 text-[12.5px] text-danger">
          {text.length.toLocaleString()} characters: a message holds {maxLength.toLocaleString()}. Shorten it
          or send it in parts.
        </p>
      )}
    </form>
  );
}
