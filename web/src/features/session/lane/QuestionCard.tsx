import { Check } from "lucide-react";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { isOpen } from "../model/lane";
import { AnsweredLines, type ItemCardProps } from "./itemCard";
import { isFilled, toAnswer } from "./laneDrafts";

export function QuestionCard({ item, draft, onDraft, onSubmit, sending, readOnly, promoted }: ItemCardProps) {
  const open = isOpen(item);
  const options = item.options ?? [];

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
      {open && item.context && <p className="text-[12.5px] break-words text-muted-fg">{item.context}</p>}
      {!open && <AnsweredLines item={item} promoted={promoted} />}
      {open && !readOnly && (
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (isFilled(draft) && !sending) onSubmit(toAnswer(item.id, draft));
          }}
        >
          {options.length > 0 && (
            <div role="group" aria-label="Suggested answers" className="flex flex-wrap gap-1.5">
              {options.map((option) => {
                const chosen = draft.answer === option;
                return (
                  <button
                    key={option}
                    type="button"
                    aria-pressed={chosen}
                    onClick={() => onDraft({ answer: chosen ? "" : option })}
                    className={classes(
                      "inline-flex min-h-7 items-center gap-1 rounded-full border px-2.5 py-0.5 text-left text-[12.5px] transition-colors duration-150",
                      chosen
                        ? "border-accent bg-accent/10 text-heading"
                        : "border-line-hover text-primary hover:bg-elevated",
                    )}
                  >
                    {chosen && <Check aria-hidden className="size-3" />}
                    {option}
                  </button>
                );
              })}
            </div>
          )}
          <input
            value={draft.answer}
            onChange={(event) => onDraft({ answer: event.target.value })}
            aria-label={`Answer to: ${item.text}`}
            placeholder={options.length > 0 ? "Or in your words" : "Your answer"}
            className="h-8 w-full rounded-control border border-line-hover bg-page px-2.5"
          />
          <div className="flex gap-2">
            <Button size="sm" type="submit" busy={sending} disabled={!isFilled(draft) && !sending}>
              Answer
            </Button>
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
