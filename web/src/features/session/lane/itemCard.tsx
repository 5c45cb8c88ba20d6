import type { ItemAnswerBody, LaneItemResource } from "@/api/generated";
import type { ItemDraft } from "./laneDrafts";

/** What a card of an open or answered lane item is given. */
export interface ItemCardProps {
  item: LaneItemResource;
  draft: ItemDraft;
  onDraft: (patch: Partial<ItemDraft>) => void;
  onSubmit: (answer: ItemAnswerBody) => void;
  sending: boolean;
  readOnly: boolean;
  /** The fact that the answer became, if it did. */
  promoted: string | null;
}

export function AnsweredLines({ item, promoted }: { item: LaneItemResource; promoted: string | null }) {
  return (
    <div className="flex flex-col gap-1 text-[12.5px]">
      <p className="break-words text-primary">
        {item.status === "skipped" ? "Skipped" : (item.answer ?? "Output sent")}
      </p>
      {item.output && (
        <details className="text-muted-fg">
          <summary>Output</summary>
          {/* A scrolling box must take the focus to be scrolled by keyboard. */}
          <pre
            tabIndex={0}
            aria-label="Output"
            className="mt-1 max-h-40 overflow-auto rounded-control bg-sidebar p-2 font-mono text-[11.5px]"
          >
            {item.output}
          </pre>
        </details>
      )}
      {promoted && <p className="break-words text-success">Now known: {promoted}</p>}
    </div>
  );
}
