import { ListChecks, X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, type ReactNode, type RefObject } from "react";
import { IconButton } from "@/shared/ui/Button";
import { LaneResizer } from "./LaneResizer";
import { useLaneWidth } from "./useLaneWidth";
import { useRevealMovesDrawer } from "./useRevealInLane";

interface Props {
  /** There is room for a fourth column; without it the lane is a drawer from below. */
  wide: boolean;
  open: boolean;
  onClose: () => void;
  footer: ReactNode;
  children: ReactNode;
}

export function LaneColumn({ wide, open, onClose, footer, children }: Props) {
  const [width, setWidth] = useLaneWidth();
  useRevealMovesDrawer(wide);
  if (wide) {
    return (
      <aside
        aria-label="Task lane"
        data-lane="column"
        style={{ width }}
        // However wide the lane was left, the conversation keeps room to be read.
        className="@container relative flex h-full max-w-[calc(100%-360px)] shrink-0 flex-col border-l border-line bg-sidebar"
      >
        <LaneResizer width={width} onWidth={setWidth} />
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
      data-tasks-button
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
  useFocusBackToButton(box);
  return (
    // Escape closes the drawer from anywhere in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={box}
      aria-label="Task lane"
      data-lane="drawer"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
      className="@container absolute inset-x-0 bottom-0 z-30 flex h-[72%] animate-slide-up flex-col rounded-t-card border border-line-hover bg-sidebar shadow-float outline-none"
    >
      {children}
    </aside>
  );
}

/** The button comes back in the moment the drawer goes, and takes the focus over if the drawer had it. */
function useFocusBackToButton(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const drawer = box.current;
    return () => {
      if (!drawer?.contains(document.activeElement)) return;
      queueMicrotask(() =>
        document.querySelector<HTMLElement>("[data-tasks-button]")?.focus({ preventScroll: true }),
      );
    };
  }, [box]);
}
