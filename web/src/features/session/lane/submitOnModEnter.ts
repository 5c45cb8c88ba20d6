import type { KeyboardEvent } from "react";

/** In fields of several lines Enter breaks the line; with Ctrl or Command it sends. */
export function submitOnModEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
