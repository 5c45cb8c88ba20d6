import { createContext, useContext, useState, type ReactNode } from "react";
import { createStore, useStore, type StoreApi } from "zustand";
import type { FixResource } from "@/api/generated";

/** The two artifacts that end a session. */
export type NoteKind = "resolution_note" | "escalation_package";

/** What the header opens. One at a time. */
export type SessionDialog = "abandon" | "linkTicket" | "shareUpdate" | "shareLink" | "spinOff";

/** Where Escalate was clicked. */
export type EscalatePlace = "header" | "lane";

/** Something on the page that another part of it points at: it is scrolled into view and marked for a moment. */
export interface RevealTarget {
  kind: "message" | "item" | "fact";
  id: string;
  /** Grows with each request, so that pointing at the same thing again works again. */
  request: number;
}

interface SurfaceState {
  /** The artifact whose preview is open. */
  note: NoteKind | null;
  dialog: SessionDialog | null;
  /** The escalation waits for a word on a fix that was run. */
  intercepting: boolean;
  /** The button it hangs from. */
  escalatedFrom: EscalatePlace;
  /** The lane, where it is a drawer. */
  laneOpen: boolean;
  revealed: RevealTarget | null;
}

export interface Surfaces extends SurfaceState {
  openNote: (kind: NoteKind) => void;
  closeNote: () => void;
  /** Opens the package, or first asks about a fix that was run and not judged. */
  escalate: (fix: FixResource | null | undefined, from: EscalatePlace) => void;
  endIntercept: () => void;
  openDialog: (dialog: SessionDialog) => void;
  closeDialog: () => void;
  setLaneOpen: (open: boolean) => void;
  reveal: (kind: RevealTarget["kind"], id: string) => void;
}

type SurfaceStore = StoreApi<Surfaces>;

const nothingOpen: SurfaceState = {
  note: null,
  dialog: null,
  intercepting: false,
  escalatedFrom: "lane",
  laneOpen: false,
  revealed: null,
};

/** Which surfaces of one session page are open. Made anew for each session: nothing open in one shows in another. */
export function createSurfaces(): SurfaceStore {
  return createStore<Surfaces>((set, get) => ({
    ...nothingOpen,
    openNote: (note) => set({ note, dialog: null, intercepting: false }),
    closeNote: () => set({ note: null }),
    escalate: (fix, escalatedFrom) => {
      if (needsWord(fix)) set({ intercepting: true, escalatedFrom, note: null, dialog: null });
      else get().openNote("escalation_package");
    },
    endIntercept: () => set({ intercepting: false }),
    openDialog: (dialog) => set({ dialog, note: null, intercepting: false }),
    closeDialog: () => set({ dialog: null }),
    setLaneOpen: (laneOpen) => set({ laneOpen }),
    reveal: (kind, id) => set({ revealed: { kind, id, request: (get().revealed?.request ?? 0) + 1 } }),
  }));
}

/** A fix that was run and has no final outcome: whoever picks the session up must know how it went. */
export function needsWord(fix: FixResource | null | undefined): boolean {
  if (!fix || fix.superseded_at) return false;
  return fix.status === "applied_partial" || (fix.status === "proposed" && Boolean(fix.applied_at));
}

const SurfacesContext = createContext<SurfaceStore | null>(null);

export function SurfacesProvider({ children }: { children: ReactNode }) {
  const [store] = useState(createSurfaces);
  return <SurfacesContext value={store}>{children}</SurfacesContext>;
}

export function useSurfaces<T>(select: (surfaces: Surfaces) => T): T {
  const store = useContext(SurfacesContext);
  if (!store) throw new Error("useSurfaces is used outside of a session page");
  return useStore(store, select);
}
