import { create } from "zustand";
import { safeStorage } from "@/shared/lib/safeStorage";

const storageKey = "resolutionflow.renameShown";

interface RenameStore {
  due: boolean;
  /** Somebody came by an address of the former assistant. Only the first time says something. */
  arrive: () => void;
  dismiss: () => void;
}

/** Whether to say, once, that the assistant is the pilot now. */
export const useRenameNotice = create<RenameStore>((set) => ({
  due: false,
  arrive: () => {
    if (safeStorage.get(storageKey) !== null) return;
    safeStorage.set(storageKey, "1");
    set({ due: true });
  },
  dismiss: () => set({ due: false }),
}));
