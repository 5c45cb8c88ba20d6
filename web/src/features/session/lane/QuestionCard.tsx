import { Check } from "lucide-react";
import { memo } from "react";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { isOpen } from "../model/lane";
import { ClosedItem } from "./ClosedItem";
import { FailedAnswer } from "./FailedAnswer";
import { ItemFrame } from "./ItemFrame";
import type { ItemCardProps } from "./itemCard";
import { isFilled, toAnswer } from "./laneDrafts";

export const QuestionCard = memo(function QuestionCard(props: ItemCardProps) {
  const { item, draft, actions, sending, readOnly, failed } = props;
  const options = item.options ?? [];

  if (!isOpen(item)) {
    return (
      <ItemFrame item={item}>
        <ClosedItem {...props} />
        {failed && <FailedAnswer entry={failed} onTakeBack={actions.takeBack} />}
      </ItemFrame>
    );
  }
  return (
    <ItemFrame item={item}>
      {item.context && (
        <p className="text-[12.5px] wrap-anywhere whitespace-pre-line text-muted-fg">{item.context}</p>
      )}
      {failed && <FailedAnswer entry={failed} onTakeBack={actions.takeBack} />}
      {!readOnly && (
        <form
          className="flex min-w-0 flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (isFilled(draft) && !sending) actions.submit([toAnswer(item.id, draft)]);
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
                    onClick={() => actions.change(item.id, { answer: chosen ? "" : option })}
                    className={classes(
                      "inline-flex min-h-7 max-w-full items-center gap-1 rounded-full border px-2.5 py-0.5 text-left text-[12.5px] wrap-anywhere transition-colors duration-150",
                      chosen
                        ? "border-accent bg-accent/10 text-heading"
                        : "border-line-hover text-primary hover:bg-elevated",
                    )}
                  >
                    {chosen && <Check aria-hidden className="size-3 shrink-0" />}
                    {option}
                  </button>
                );
              })}
            </div>
          )}
          <input
            value={draft.answer}
            onChange={(event) => actions.change(item.id, { answer: event.target.value })}
            aria-label={`Answer to: ${item.text}`}
            placeholder={options.length > 0 ? "Or in your words" : "Your answer"}
            className="h-8 w-full min-w-0 rounded-control border border-line-hover bg-page px-2.5"
          />
          <div className="flex flex-wrap gap-2">
            <Button size="sm" type="submit" busy={sending} disabled={!isFilled(draft) && !sending}>
              Answer
            </Button>
            <Button
              size="sm"
              tone="ghost"
              disabled={sending}
              onClick={() => actions.submit([{ item_id: item.id, skipped: true }])}
            >
              Skip
            </Button>
          </div>
        </form>
      )}
    </ItemFrame>
  );
});
