/** Brings the keyboard to a part of the session page. Each answers false when the part is not there. */

export function focusComposer(): boolean {
  return focusFirst('textarea[aria-label="Message to the pilot"]');
}

/** The first thing in the lane that waits for an answer, else the lane itself. */
export function focusTasks(): boolean {
  return (
    focusFirst("aside [data-item] form :is(button, input, textarea):not(:disabled)") ||
    focusFirst('aside[aria-label="Task lane"] :is(button, input, textarea, [tabindex="0"]):not(:disabled)')
  );
}

/** What can be done with the suggested fix; a collapsed one is opened by its strip. */
export function focusFix(): boolean {
  return focusFirst('[aria-label="Suggested fix"] button:not(:disabled)') || focusFirst("main > button");
}

/** The field for a note; opens it first where it is a button still. */
export function startNote(): boolean {
  if (focusFirst('aside textarea[aria-label="Note"]')) return true;
  const button = [
    ...document.querySelectorAll<HTMLButtonElement>('aside[aria-label="Task lane"] button'),
  ].find(({ textContent }) => /add a note/i.test(textContent));
  button?.click();
  return button !== undefined;
}

function focusFirst(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null;
}

/** Does it now, or on the next frames, when the part has to be drawn first (a drawer that opens). */
export function whenDrawn(act: () => boolean, frames = 10): void {
  if (act() || frames === 0) return;
  requestAnimationFrame(() => whenDrawn(act, frames - 1));
}
