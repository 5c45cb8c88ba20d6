import { useEffect, type RefObject } from "react";

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select:not(:disabled), summary, [tabindex="0"]';

/** One step from the focused element outwards: where it stood among its siblings. */
interface Step {
  parent: Element;
  before: Element[];
}

/**
 * Inside `box`, the keyboard never loses its place: when the element that has the focus disappears (an answered card, a banner
 * that changes) or is disabled for a while, the focus goes to what stands in its place or next after it. The same when it
 * disappears while the keyboard is in something that floats over the page.
 */
export function useFocusRescue(box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const root = box.current;
    if (!root) return undefined;
    let last: HTMLElement | null = null;
    let path: Step[] = [];

    function remember(event: FocusEvent) {
      last = event.target instanceof HTMLElement ? event.target : null;
      path = last && root ? stepsTo(root, last) : [];
    }

    function forget(event: FocusEvent) {
      const left = event.target as HTMLElement;
      if (event.relatedTarget instanceof Element) {
        // What floats over the page, a menu or a note, gives the focus back; it may come back to nothing.
        if (event.relatedTarget.closest("#root")) last = null;
        return;
      }
      // A click on the bare page leaves the element as it is; one that is gone or disabled was not left by anybody.
      queueMicrotask(() => {
        if (last === left && left.isConnected && !left.matches(":disabled")) last = null;
      });
    }

    function rescue() {
      if (!last || !root || document.activeElement !== document.body) return;
      if (last.isConnected) {
        if (!last.matches(":disabled")) last.focus({ preventScroll: true });
        return;
      }
      const next = nextInPlace(path);
      if (next === "later") return;
      last = null;
      next?.focus({ preventScroll: true });
    }

    const observer = new MutationObserver(rescue);
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["disabled"],
    });
    root.addEventListener("focusin", remember);
    root.addEventListener("focusout", forget);
    return () => {
      observer.disconnect();
      root.removeEventListener("focusin", remember);
      root.removeEventListener("focusout", forget);
    };
  }, [box]);
}

function stepsTo(root: Element, element: Element): Step[] {
  const steps: Step[] = [];
  for (let child = element; child !== root && child.parentElement; child = child.parentElement) {
    const before: Element[] = [];
    for (let one = child.previousElementSibling; one; one = one.previousElementSibling) before.push(one);
    steps.push({ parent: child.parentElement, before });
  }
  return steps;
}

/**
 * The first element that takes the focus at or after the place the path leads to; else the last one before it. `later` when all
 * that stands there is disabled for the moment, as buttons are until the command is answered that made them appear.
 */
function nextInPlace(path: Step[]): HTMLElement | "later" | null {
  for (const { parent, before } of path) {
    if (!parent.isConnected) continue;
    const stands = before.find((one) => one.parentElement === parent);
    const all = [...parent.querySelectorAll<HTMLElement>(focusable)].filter(isShown);
    const after = all.find((one) => !stands || (!stands.contains(one) && follows(stands, one)));
    if (after) return after;
    if (all.length > 0) return all.at(-1) ?? null;
    if (parent.querySelector("button:disabled, input:disabled, textarea:disabled")) return "later";
  }
  return null;
}

function follows(element: Element, other: Element): boolean {
  return (element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}

function isShown(element: HTMLElement): boolean {
  return !element.closest("[hidden], [inert]");
}
