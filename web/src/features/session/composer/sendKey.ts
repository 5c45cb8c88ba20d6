import type { KeyboardEvent } from "react";

const composing = 229;

/** True for the Enter that sends, also with ⌘ or Ctrl; not for Shift+Enter, nor for the one that picks a word of an input method. */
export function isSendKey(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  // Some browsers end the composition before this event and tell only by the old key code.
  return !event.nativeEvent.isComposing && event.nativeEvent.keyCode !== composing;
}
