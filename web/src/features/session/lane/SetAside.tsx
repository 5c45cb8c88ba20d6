import { memo } from "react";
import type { LaneItemResource } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useReopenItem } from "../commands/lane";
import type { LaneActions } from "./itemCard";
import { markable } from "./ItemFrame";

interface RowProps {
  sessionId: string;
  item: LaneItemResource;
  readOnly: boolean;
  actions: LaneActions;
}

/** Something the pilot did not ask again: kept, out of the way, and open again by one click. */
export const SetAsideItem = memo(function SetAsideItem({ sessionId, item, readOnly, actions }: RowProps) {
  const reopen = useReopenItem(sessionId, actions.reopened);
  return (
    <li
      data-item={item.id}
      tabIndex={-1}
      className={classes(
        "flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 rounded-card border border-dashed border-line-hover px-3 py-1.5 text-[13px]",
        markable,
      )}
    >
      <span className="min-w-[60%] flex-1 wrap-anywhere text-muted-fg">{item.text}</span>
      {!readOnly && (
        <Button
          size="sm"
          tone="ghost"
          className="-mr-2"
          aria-label={`Reopen: ${item.text}`}
          busy={reopen.isPending}
          onClick={() => reopen.mutate(item)}
        >
          Reopen
        </Button>
      )}
      {reopen.isError && <ProblemNotice error={reopen.error} className="w-full" />}
    </li>
  );
});
