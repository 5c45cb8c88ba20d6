import { create } from "zustand";
import { safeStorage } from "@/shared/lib/safeStorage";

const storageKey = "resolutionflow.singleKeys";

interface SingleKeys {
  enabled: boolean;
  toggle: () => void;
}

/** Whether single letters are shortcuts. Speech input and a slip of the hand press them too, so they can be switched off. */
export const useSingleKeys = create<SingleKeys>((set, get) => ({
  enabled: safeStorage.get(storageKey) !== "off",
  toggle: () => {
    const enabled = !get().enabled;
    safeStorage.set(storageKey, enabled ? "on" : "off");
    set({ enabled });
  },
}));
