import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { laneWidths } from "./useLaneWidth";

interface Props {
  width: number;
  onWidth: (width: number) => void;
}

/** The edge between conversation and lane: dragged, or moved with the arrow keys. A double click brings the usual width back. */
export function LaneResizer({ width, onWidth }: Props) {
  const grip = useRef<{ x: number; width: number } | null>(null);

  function onKeyDown(event: KeyboardEvent) {
    const { min, max, step } = laneWidths;
    const next = { ArrowLeft: width + step, ArrowRight: width - step, Home: min, End: max }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onWidth(next);
  }

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    event.currentTarget.setPointerCapture(event.pointerId);
    // What is shown may be less than what was asked for: the conversation keeps its room.
    const shown = event.currentTarget.parentElement?.getBoundingClientRect().width ?? width;
    grip.current = { x: event.clientX, width: shown };
  }

  return (
    // A separator that can be moved is a control; the rules only know the line that cannot.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the task lane"
      aria-valuenow={width}
      aria-valuemin={laneWidths.min}
      aria-valuemax={laneWidths.max}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        if (grip.current) onWidth(grip.current.width + grip.current.x - event.clientX);
      }}
      onLostPointerCapture={() => {
        grip.current = null;
      }}
      onDoubleClick={() => onWidth(laneWidths.usual)}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none transition-colors duration-150 outline-none hover:bg-accent/30 focus-visible:bg-accent active:bg-accent/30"
    />
  );
}
