import type { LaneItemResource } from "@/api/generated";
import type { ItemDraft } from "./laneDrafts";
import { submitOnModEnter } from "./submitOnModEnter";

/** Takes what a command printed, as it was pasted. `focus`: it was asked for just now. */
export function OutputField({
  item,
  draft,
  onChange,
  focus = false,
}: {
  item: LaneItemResource;
  draft: ItemDraft;
  onChange: (itemId: string, patch: Partial<ItemDraft>) => void;
  focus?: boolean;
}) {
  return (
    <textarea
      // The engineer asked for the field just now; the focus belongs there.
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      autoFocus={focus}
      rows={4}
      value={draft.output}
      onChange={(event) => onChange(item.id, { output: event.target.value })}
      onKeyDown={submitOnModEnter}
      aria-label={`Output of: ${item.text}`}
      placeholder="Paste what it printed"
      className="w-full min-w-0 rounded-control border border-line-hover bg-page px-2.5 py-1.5 font-mono text-[12px]"
    />
  );
}
