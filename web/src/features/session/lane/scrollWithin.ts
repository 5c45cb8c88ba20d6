const marginPx = 12;

/** Brings a card into view by moving its own box only: `scrollIntoView` would move the page around it too. */
export function scrollWithin(box: HTMLElement, card: HTMLElement): void {
  const inside = card.getBoundingClientRect();
  const around = box.getBoundingClientRect();
  const below = inside.bottom + marginPx - around.bottom;
  const above = inside.top - marginPx - around.top;
  if (above < 0) box.scrollBy({ top: above });
  else if (below > 0) box.scrollBy({ top: Math.min(below, above) });
}

export function cardOf(box: HTMLElement | null, kind: "item" | "fact", id: string): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-${kind}="${CSS.escape(id)}"]`) ?? null;
}
