import { useEffect, useRef } from "react";
import { announce } from "@/shared/lib/announce";
import { bannerAnnouncement, type BannerView } from "../model/banner";

/** Says aloud what begins to wait for the engineer; what stood there when the page opened is read with the page. */
export function useAnnounceBanner(view: BannerView | null): void {
  const state = view && `${view.fixId} ${view.kind}`;
  const known = useRef(state);
  useEffect(() => {
    if (known.current === state) return;
    known.current = state;
    const text = view && bannerAnnouncement(view);
    if (text) announce(text);
  }, [state, view]);
}
