import { ListChecks, X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { classes } from "@/shared/lib/classes";
import { useMediaQuery } from "@/shared/lib/useMediaQuery";
import { IconButton } from "@/shared/ui/Button";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  openItems: number;
  footer: ReactNode;
  children: ReactNode;
}

/** The lane as the fourth column; where there is no room for it, as a drawer from below with a floating button. */
export function LaneColumn({ open, onOpenChange, openItems, footer, children }: Props) {
  const wide = useMediaQuery("(min-width: 1200px)");
  const heading = (
    <div className="flex h-12 shrink-0 items-center justify-between border-b border-line pl-4 pr-2">
      <h2 className="text-[14px]">Task lane</h2>
      {!wide && (
        <IconButton label="Close the tasks" onClick={() => onOpenChange(false)}>
          <X aria-hidden className="size-4" />
        </IconButton>
      )}
    </div>
  );

  if (wide) {
    return (
      <aside aria-label="Task lane" className="flex h-full w-[380px] shrink-0 flex-col border-l border-line bg-sidebar">
        {heading}
        {children}
        {footer}
      </aside>
    );
  }
  if (!open) return <TasksButton openItems={openItems} onClick={() => onOpenChange(true)} />;
  return (
    <Drawer onClose={() => onOpenChange(false)}>
      {heading}
      {children}
      {footer}
    </Drawer>
  );
}

function TasksButton({ openItems, onClick }: { openItems: number; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-expanded={false}
      className="absolute right-4 top-24 z-20 inline-flex min-h-9 items-center gap-2 rounded-full border border-line-hover bg-elevated px-3.5 font-medium text-heading shadow-float"
    >
      <ListChecks aria-hidden className="size-4" />
      Tasks
      {openItems > 0 && (
        <span className="rounded-full bg-warning/16 px-1.5 text-[12px] text-warning">
          {openItems}
          <span className="sr-only"> open</span>
        </span>
      )}
    </button>
  );
}

function Drawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    // Escape closes the drawer from anywhere in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={box}
      aria-label="Task lane"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
      className={classes(
        "absolute inset-x-0 bottom-0 z-30 flex h-[72%] flex-col rounded-t-card border border-line-hover bg-sidebar shadow-float outline-none",
        "animate-slide-up",
      )}
    >
      {children}
    </aside>
  );
}
