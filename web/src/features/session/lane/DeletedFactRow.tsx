import { Undo2 } from "lucide-react";
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useRestoreFact } from "../commands/facts";
import type { DeletedFact } from "../model/laneDeleted";

const freshForMs = 12_000;

interface Props {
  sessionId: string;
  deleted: DeletedFact;
  readOnly: boolean;
  onRestored: (factId: string) => void;
  /** Set on a deletion that was made just now; called when it need not stand in the way any longer. */
  onSettled?: (factId: string) => void;
}

export const DeletedFactRow = memo(function DeletedFactRow({
  sessionId,
  deleted,
  readOnly,
  onRestored,
  onSettled,
}: Props) {
  const restore = useRestoreFact(sessionId, onRestored);
  const row = useRef<HTMLLIElement>(null);
  const undo = useRef<HTMLButtonElement>(null);
  const fresh = onSettled !== undefined;
  const busy = restore.isPending || restore.isError;

  // The button that was clicked is gone; its place in the lane is this one's, unless the engineer writes elsewhere by now.
  useLayoutEffect(() => {
    const focused = document.activeElement;
    const free = focused === document.body || row.current?.closest("[data-lane]")?.contains(focused);
    if (fresh && free) undo.current?.focus({ preventScroll: true });
  }, [fresh]);

  useEffect(() => {
    if (!onSettled || busy) return undefined;
    const timer = setInterval(() => {
      // It does not go from under somebody's hands.
      if (!row.current?.matches(":hover, :focus-within")) onSettled(deleted.id);
    }, freshForMs);
    return () => clearInterval(timer);
  }, [onSettled, busy, deleted.id]);

  return (
    <li ref={row} className="flex min-w-0 flex-col gap-1.5">
      <div className="flex min-w-0 items-center gap-2 rounded-card border border-dashed border-line-hover py-1 pl-3 pr-1 text-[13px]">
        <span className="shrink-0 text-primary">Deleted.</span>
        <span title={deleted.text} className="min-w-0 flex-1 truncate text-muted-fg">
          {deleted.text}
        </span>
        {!readOnly && (
          <Button
            ref={undo}
            size="sm"
            tone="ghost"
            aria-label={`Undo the deletion of: ${deleted.text}`}
            busy={restore.isPending}
            onClick={() => restore.mutate(deleted.id)}
          >
            <Undo2 aria-hidden className="size-3.5" />
            Undo
          </Button>
        )}
      </div>
      {restore.isError && <ProblemNotice error={restore.error} />}
    </li>
  );
});
