import { ArrowUpRight } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import { Revealed } from "@/shared/text/Revealed";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useReopenItem } from "../commands/lane";
import { isPromotable } from "../model/laneFacts";
import { useSurfaces } from "../surfaces";
import type { ItemCardProps } from "./itemCard";
import { PromoteForm } from "./PromoteForm";

type Props = Pick<ItemCardProps, "sessionId" | "item" | "fact" | "readOnly" | "actions">;

/** An answered or skipped item: what was said, what it became, and the way to change one's mind. */
export function ClosedItem({ sessionId, item, fact, readOnly, actions }: Props) {
  const reveal = useSurfaces((surfaces) => surfaces.reveal);
  const reopen = useReopenItem(sessionId, actions.reopened);
  const skipped = item.status === "skipped";
  return (
    <div className="flex min-w-0 flex-col gap-1.5 text-[12.5px]">
      <p className="wrap-anywhere whitespace-pre-line text-primary">
        {skipped ? "Skipped" : (item.answer ?? "Output sent")}
      </p>
      {item.output && (
        <details className="min-w-0 text-muted-fg">
          <summary>Output</summary>
          {/* A scrolling box must take the focus to be scrolled by keyboard. */}
          <pre
            tabIndex={0}
            aria-label="Output"
            className="mt-1 max-h-40 overflow-auto rounded-control bg-sidebar p-2 font-mono text-[11.5px]"
          >
            <Revealed code={item.output} />
          </pre>
        </details>
      )}
      {fact && (
        <button
          type="button"
          onClick={() => reveal("fact", fact.id)}
          className="self-start rounded-control text-left wrap-anywhere text-success hover:underline"
        >
          Now known: {fact.text}
          <ArrowUpRight aria-hidden className="ml-1 inline size-3" />
        </button>
      )}
      {!readOnly && isPromotable(item, fact) && <PromoteForm sessionId={sessionId} item={item} />}
      {reopen.isError && <ProblemNotice error={reopen.error} />}
      {!readOnly && (
        <Button
          size="sm"
          tone="ghost"
          className="-ml-2 self-start"
          busy={reopen.isPending}
          onClick={() => reopen.mutate(item)}
        >
          {skipped ? "Answer it after all" : "Change the answer"}
        </Button>
      )}
    </div>
  );
}
