import type { LaneItemResource } from "@/api/generated";
import { cardOf, scrollWithin } from "./scrollWithin";

const composerField = 'textarea[aria-label="Message to the pilot"]';

/** After a card was sent: on to the next open item, else to the message field, where the work goes on. */
export function focusNext(scroller: HTMLElement | null, next: LaneItemResource | null): void {
  const lane = scroller?.closest<HTMLElement>("[data-lane]");
  if (!scroller || !lane?.contains(document.activeElement)) return;
  const card = next && cardOf(scroller, "item", next.id);
  const control = card?.querySelector<HTMLElement>("button, input, textarea");
  if (card && control) {
    control.focus({ preventScroll: true });
    scrollWithin(scroller, card);
    return;
  }
  // The drawer covers the message field.
  if (lane.dataset.lane === "drawer") lane.focus({ preventScroll: true });
  else document.querySelector<HTMLElement>(composerField)?.focus();
}
