import type { ReactNode } from "react";
import type { LaneItemResource } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { isOpen } from "../model/lane";

/** Marked for a moment when something else on the page points at it. */
export const markable =
  "outline-none focus-visible:outline-2 data-marked:outline-2 data-marked:outline-offset-2 data-marked:outline-accent";

/** The card of a question or check: what was asked stands out while it is open and steps back afterwards. */
export function ItemFrame({ item, children }: { item: LaneItemResource; children: ReactNode }) {
  const open = isOpen(item);
  return (
    <article
      aria-label={item.text}
      data-item={item.id}
      tabIndex={-1}
      className={classes(
        "flex min-w-0 flex-col gap-2 rounded-card border border-line px-3 py-2.5",
        open ? "bg-card" : "border-dashed",
        markable,
      )}
    >
      <p className={classes("wrap-anywhere", open ? "font-medium text-heading" : "text-muted-fg")}>
        {item.text}
      </p>
      {children}
    </article>
  );
}
