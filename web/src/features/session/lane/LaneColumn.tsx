import { ListChecks, X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "@/shared/ui/Button";

interface Props {
  /** There is room for a fourth column; without it the lane is a drawer from below. */
  wide: boolean;
  open: boolean;
  onClose: () => void;
  footer: ReactNode;
  children: ReactNode;
}

export function LaneColumn({ wide, open, onClose, footer, children }: Props) {
  if (wide) {
    return (
      <aside
        aria-label="Task lane"
        className="flex h-full w-[380px] shrink-0 flex-col border-l border-line bg-sidebar"
      >
        <div className="flex h-12 shrink-0 items-center border-b border-line px-4">
          <h2 className="text-[14px]">Task lane</h2>
        </div>
        {children}
        {footer}
      </aside>
    );
  }
  if (!open) return null;
  return (
    <Drawer onClose={onClose}>
      <div className="flex h-12 shrink-0 items-center justify-between border-b border-line pl-4 pr-2">
        <h2 className="text-[14px]">Task lane</h2>
        <IconButton label="Close the tasks" onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      {children}
      {footer}
    </Drawer>
  );
}

/** Opens the drawer; says how much waits in it. */
export function TasksButton({ openItems, onClick }: { openItems: number; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-expanded={false}
      className="absolute bottom-3 right-3 z-20 inline-flex min-h-9 items-center gap-2 rounded-full border border-line-hover bg-elevated px-3.5 font-medium text-heading shadow-float"
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
  // It slides in from below the page: scrolling it into view would push the page up.
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
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
      className="absolute inset-x-0 bottom-0 z-30 flex h-[72%] animate-slide-up flex-col rounded-t-card border border-line-hover bg-sidebar shadow-float outline-none"
    >
      {children}
    </aside>
  );
}
