import { create } from "zustand";
import { safeStorage } from "@/shared/lib/safeStorage";

export type Theme = "dark" | "light";

const storageKey = "resolutionflow.theme";

interface ThemeStore {
  theme: Theme;
  toggle: () => void;
}

/** `public/theme.js` set the class before the first paint; this store follows it and remembers a change. */
export const useTheme = create<ThemeStore>((set, get) => ({
  theme: document.documentElement.classList.contains("dark") ? "dark" : "light",
  toggle: () => {
    const theme = get().theme === "dark" ? "light" : "dark";
    document.documentElement.classList.toggle("dark", theme === "dark");
    safeStorage.set(storageKey, theme);
    set({ theme });
  },
}));
