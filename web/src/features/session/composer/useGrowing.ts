import { useLayoutEffect, type RefObject } from "react";

const tallestPx = 220;
const growsByItself = typeof CSS !== "undefined" && CSS.supports?.("field-sizing", "content");

/** Lets a text field grow with its text up to a limit. Where the browser does it, no layout is forced on a keystroke. */
export function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (field.current && !growsByItself) fit(field.current);
  }, [field, text]);
}

function fit(area: HTMLTextAreaElement): void {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, tallestPx)}px`;
}
