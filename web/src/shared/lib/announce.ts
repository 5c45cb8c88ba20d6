import { create } from "zustand";

interface Announcement {
  text: string;
  announce: (text: string) => void;
}

/** What the polite live region says next. An equal text twice is spoken twice: a zero-width mark tells them apart. */
export const useAnnouncement = create<Announcement>((set, get) => ({
  text: "",
  announce: (text) => set({ text: get().text === text ? `${text}\u200b` : text }),
}));

export function announce(text: string): void {
  useAnnouncement.getState().announce(text);
}
