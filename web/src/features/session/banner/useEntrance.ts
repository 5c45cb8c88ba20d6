import { useState } from "react";
import type { BannerView } from "../model/banner";

interface Entrance {
  view: BannerView | null;
  /** The banner of the fix that was just replaced, while it fades out. */
  leaving: BannerView | null;
  /** How the present fix came: out of nothing, or in place of another. */
  motion: "slide" | "cross";
}

/** Tells apart a proposal that arrives, which slides up, and one that takes the place of another, which cross-fades. */
export function useEntrance(view: BannerView | null) {
  const [entrance, setEntrance] = useState<Entrance>({ view, leaving: null, motion: "slide" });
  if (entrance.view !== view) {
    const before = entrance.view;
    const replaced = before !== null && view !== null && before.fixId !== view.fixId;
    const same = before?.fixId === view?.fixId;
    setEntrance({
      view,
      leaving: replaced ? before : view && same ? entrance.leaving : null,
      motion: replaced ? "cross" : same ? entrance.motion : "slide",
    });
  }
  return {
    leaving: entrance.leaving,
    motion: entrance.motion,
    onLeft: () => setEntrance((current) => ({ ...current, leaving: null })),
  };
}
