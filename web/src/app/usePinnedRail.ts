import { create } from "zustand";
import { safeStorage } from "@/shared/lib/safeStorage";

const storageKey = "resolutionflow.railPinned";

interface PinnedRail {
  pinned: boolean;
  toggle: () => void;
}

/** Whether the rail stays open at its full width; remembered on this computer. */
export const usePinnedRail = create<PinnedRail>((set, get) => ({
  pinned: safeStorage.get(storageKey) === "1",
  toggle: () => {
    const pinned = !get().pinned;
    if (pinned) safeStorage.set(storageKey, "1");
    else safeStorage.remove(storageKey);
    set({ pinned });
  },
}));
