/** What of a key press decides about a shortcut. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  repeat: boolean;
}

/** ⌘K or Ctrl+K, also while typing. */
export function opensPalette(press: KeyPress): boolean {
  return (press.metaKey || press.ctrlKey) && !press.altKey && press.key.toLowerCase() === "k";
}

/** A key pressed on its own. Shift is allowed: some keyboards need it for `?` and `/`. */
export function isSingleKey(press: KeyPress): boolean {
  return !press.ctrlKey && !press.metaKey && !press.altKey && !press.isComposing && !press.repeat;
}

/** True where a letter is text: it is typed, and never a shortcut. */
export function takesText(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element instanceof HTMLTextAreaElement) return true;
  if (element instanceof HTMLSelectElement) return true;
  // A menu and a list box find their entries by letters.
  if (element.closest('[role="menu"], [role="listbox"], [role="textbox"]')) return true;
  return element instanceof HTMLInputElement && !notText.has(element.type);
}

const notText = new Set([
  "button",
  "checkbox",
  "radio",
  "range",
  "reset",
  "submit",
  "file",
  "color",
  "image",
]);

/** The name of the key that goes with K and Enter on this computer. */
export function modifierName(): string {
  return /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";
}
