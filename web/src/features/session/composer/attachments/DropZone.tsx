import { ImagePlus } from "lucide-react";
import { useState, type DragEvent, type ReactNode } from "react";
import { classes } from "@/shared/lib/classes";
import { limitsHint } from "./attachment";
import { addFiles } from "./attachments";

interface Props {
  /** The element it is. */
  as?: "div" | "main";
  place: string;
  /** Nothing can be sent from here, so nothing is taken. */
  disabled?: boolean;
  className?: string;
  children: ReactNode;
}

/** Takes files that are dropped anywhere on what it holds, and says so while they hover. */
export function DropZone({ as: Element = "div", place, disabled = false, className, children }: Props) {
  const [hovering, setHovering] = useState(false);

  function bringsFiles(event: DragEvent): boolean {
    return !disabled && event.dataTransfer.types.includes("Files");
  }

  function onDragOver(event: DragEvent) {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    setHovering(true);
  }

  function onDragLeave(event: DragEvent) {
    const inside = event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);
    if (!inside) setHovering(false);
  }

  function onDrop(event: DragEvent) {
    setHovering(false);
    if (!bringsFiles(event)) return;
    event.preventDefault();
    addFiles(place, [...event.dataTransfer.files]);
  }

  return (
    // Dropping is one of three ways: the button and the paste are there for the keyboard.
    <Element
      className={classes("relative", className)}
      onDragEnter={onDragOver}
      onDragOver={onDragOver}
      onDragLeave={onDragLeave}
      onDrop={onDrop}
    >
      {children}
      {hovering && (
        <div
          data-testid="drop-here"
          className="pointer-events-none absolute inset-2 z-30 flex flex-col items-center justify-center gap-2 rounded-card border-2 border-dashed border-accent bg-page/90 text-center text-heading"
        >
          <ImagePlus aria-hidden className="size-7 text-accent" />
          <p className="font-medium">Drop to attach</p>
          <p className="px-4 text-[12.5px] text-muted-fg">{limitsHint}</p>
        </div>
      )}
    </Element>
  );
}
