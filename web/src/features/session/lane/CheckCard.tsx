import { ClipboardPaste, FilePlus2, SquareTerminal } from "lucide-react";
import { memo, useState } from "react";
import type { LaneItemResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { isOpen } from "../model/lane";
import { ClosedItem } from "./ClosedItem";
import { CodeBox } from "./CodeBox";
import { FailedAnswer } from "./FailedAnswer";
import { ItemFrame } from "./ItemFrame";
import type { ItemCardProps, LaneActions } from "./itemCard";
import { doneAnswer, isFilled, toAnswer } from "./laneDrafts";
import { OutputField } from "./OutputField";

export const CheckCard = memo(function CheckCard(props: ItemCardProps) {
  const { item, draft, actions, sending, readOnly, failed } = props;
  const [asked, setAsked] = useState(false);
  const pasting = asked || draft.output !== "";

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
      {item.description && (
        <p className="text-[12.5px] wrap-anywhere whitespace-pre-line text-muted-fg">{item.description}</p>
      )}
      {item.command && (
        <CodeBox text={item.command} label={`Command of: ${item.text}`} copyLabel="Copy command" />
      )}
      {failed && <FailedAnswer entry={failed} onTakeBack={actions.takeBack} />}
      {!readOnly && (
        <form
          className="flex min-w-0 flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (!sending) actions.submit([isFilled(draft) ? toAnswer(item.id, draft) : doneAnswer(item.id)]);
          }}
        >
          {pasting && <OutputField item={item} draft={draft} onChange={actions.change} focus={asked} />}
          <div className="flex flex-wrap gap-2">
            <ActionButton item={item} actions={actions} />
            <Button size="sm" type="submit" busy={sending}>
              {draft.output.trim() === "" ? "Done" : "Send output"}
            </Button>
            {!pasting && !item.action && (
              <Button size="sm" tone="ghost" onClick={() => setAsked(true)}>
                <ClipboardPaste aria-hidden className="size-3.5" />
                Paste output
              </Button>
            )}
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

/** What the pilot offers to do; only this click does it. */
function ActionButton({ item, actions }: { item: LaneItemResource; actions: LaneActions }) {
  if (item.action === "create_spin_off_ticket") {
    return (
      <Button size="sm" tone="accent" onClick={actions.openSpinOff}>
        <FilePlus2 aria-hidden className="size-3.5" />
        Spin off a ticket
      </Button>
    );
  }
  if (item.action === "open_script_builder" && actions.onOpenScriptBuilder) {
    return (
      <Button size="sm" tone="accent" onClick={actions.onOpenScriptBuilder}>
        <SquareTerminal aria-hidden className="size-3.5" />
        Open the Script Builder
      </Button>
    );
  }
  return null;
}
