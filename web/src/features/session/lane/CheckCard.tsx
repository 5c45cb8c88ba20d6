import { ClipboardPaste } from "lucide-react";
import { useState } from "react";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { CopyButton } from "@/shared/ui/CopyButton";
import { isOpen } from "../model/lane";
import { AnsweredLines, type ItemCardProps } from "./itemCard";
import { isFilled, toAnswer } from "./laneDrafts";

export function CheckCard({ item, draft, onDraft, onSubmit, sending, readOnly, promoted }: ItemCardProps) {
  const [pasting, setPasting] = useState(draft.output !== "");
  const open = isOpen(item);

  return (
    <article
      aria-label={item.text}
      data-item={item.id}
      className={classes(
        "flex flex-col gap-2 rounded-card border border-line bg-card px-3 py-2.5",
        !open && "border-dashed bg-transparent",
      )}
    >
      <p className={classes("break-words", open ? "font-medium text-heading" : "text-muted-fg")}>
        {item.text}
      </p>
      {open && item.description && (
        <p className="text-[12.5px] break-words text-muted-fg">{item.description}</p>
      )}
      {open && item.command && (
        <div className="flex items-start gap-1 rounded-control border border-line bg-sidebar py-0.5 pl-2.5 pr-0.5">
          <code className="min-w-0 flex-1 py-1 font-mono text-[12px] break-words whitespace-pre-wrap">
            {item.command}
          </code>
          <CopyButton text={item.command} label="Copy command" />
        </div>
      )}
      {!open && <AnsweredLines item={item} promoted={promoted} />}
      {open && !readOnly && (
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (!sending)
              onSubmit(
                isFilled(draft)
                  ? toAnswer(item.id, draft)
                  : { item_id: item.id, answer: "Done", skipped: false },
              );
          }}
        >
          {pasting && (
            <textarea
              rows={4}
              value={draft.output}
              onChange={(event) => onDraft({ output: event.target.value })}
              aria-label={`Output of: ${item.text}`}
              placeholder="Paste what it printed"
              className="w-full rounded-control border border-line-hover bg-page px-2.5 py-1.5 font-mono text-[12px]"
            />
          )}
          <div className="flex flex-wrap gap-2">
            <Button size="sm" type="submit" busy={sending}>
              {isFilled(draft) ? "Send output" : "Done"}
            </Button>
            {!pasting && (
              <Button size="sm" tone="ghost" onClick={() => setPasting(true)}>
                <ClipboardPaste aria-hidden className="size-3.5" />
                Paste output
              </Button>
            )}
            <Button
              size="sm"
              tone="ghost"
              disabled={sending}
              onClick={() => onSubmit({ item_id: item.id, skipped: true })}
            >
              Skip
            </Button>
          </div>
        </form>
      )}
    </article>
  );
}
