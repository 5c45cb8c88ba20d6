import { create } from "zustand";

/** Media query: wide enough for the list of sessions as a column of its own. Below, it is a sheet. */
export const roomForSessionList = "(min-width: 900px)";

interface SessionsSheet {
  open: boolean;
  show: () => void;
  hide: () => void;
}

/** The list of sessions where it has no column: the menu opens it, the session page shows it. */
export const useSessionsSheet = create<SessionsSheet>((set) => ({
  open: false,
  show: () => set({ open: true }),
  hide: () => set({ open: false }),
}));
