import { useEffect } from "react";
import { allCommands, showOverlay, typeIntoPalette, useCommandStore } from "./commandStore";
import { isSingleKey, opensPalette, takesText } from "./keys";
import { useSingleKeys } from "./singleKeys";

/** Listens for the shortcuts of whatever is on offer. Once per page. */
export function useShortcutKeys(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const { overlay, offers } = useCommandStore.getState();
  if (opensPalette(event)) {
    // The browser's own meaning of the key, often its search field, would leave the page.
    event.preventDefault();
    if (overlay === "palette") showOverlay(null);
    else if (!isBehindDialog()) showOverlay("palette");
    return;
  }
  if (overlay === "palette" && !document.activeElement?.closest('[role="dialog"]')) return typeAhead(event);
  if (event.key === "Escape") return leaveField(event);
  if (!isSingleKey(event) || takesText(document.activeElement) || overlay || isBehindDialog()) return;
  if (event.key === "?") {
    event.preventDefault();
    showOverlay("shortcuts");
    return;
  }
  if (!useSingleKeys.getState().enabled) return;
  const command = allCommands(offers).find(({ shortcut }) => shortcut === event.key.toLowerCase());
  if (!command) return;
  event.preventDefault();
  command.run();
}

/** The palette was asked for and is being loaded: what is typed meanwhile is meant for it, not for the page. */
function typeAhead(event: KeyboardEvent): void {
  if (event.key === "Escape") showOverlay(null);
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    typeIntoPalette((typed) => typed + event.key);
  }
}

/** Escape leaves a field of the page, so that single keys are shortcuts again. What is typed stays. */
function leaveField(event: KeyboardEvent): void {
  const field = document.activeElement;
  if (event.isComposing || !(field instanceof HTMLElement) || !takesText(field)) return;
  if (field.closest("#content")) field.blur();
}

/** A modal dialog or menu hides the rest of the page, and with it everything a shortcut would do there. */
function isBehindDialog(): boolean {
  return document.querySelector("[aria-hidden='true'] nav, nav[aria-hidden='true']") !== null;
}
