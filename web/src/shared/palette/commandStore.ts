import type { LucideIcon } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";

/** Groups of the palette, in its order: what is nearest to the work first. */
export const commandGroups = ["This session", "Sessions", "General", "Start"] as const;

export type CommandGroup = (typeof commandGroups)[number];

/** Something that can be done from the palette, and by its key outside of text fields. */
export interface Command {
  id: string;
  label: string;
  group: CommandGroup;
  /** Tells it apart from others of the same name. */
  hint?: string;
  icon?: LucideIcon;
  /** Further words that find it. */
  keywords?: string;
  /** A single key, as `KeyboardEvent.key` names it. */
  shortcut?: string;
  /** The palette stays until the command itself closes it. */
  staysOpen?: boolean;
  run: () => void;
}

/** What lies over the page: the palette, the list of shortcuts, or nothing. */
type Overlay = "palette" | "shortcuts";

interface CommandStore {
  /** By the part of the page that offers them. */
  offers: ReadonlyMap<symbol, readonly Command[]>;
  overlay: Overlay | null;
  /** What stands in the field of the palette. It is here because one types before the palette is drawn. */
  typed: string;
}

export const useCommandStore = create<CommandStore>(() => ({ offers: new Map(), overlay: null, typed: "" }));

/** Offers commands for as long as the component is shown. Memoise the list: each new one is offered anew. */
export function usePaletteCommands(commands: readonly Command[]): void {
  useEffect(() => offerCommands(commands), [commands]);
}

/** Returns the function that withdraws the offer. */
export function offerCommands(commands: readonly Command[]): () => void {
  const offer = Symbol("offer");
  useCommandStore.setState(({ offers }) => ({ offers: new Map(offers).set(offer, commands) }));
  return () =>
    useCommandStore.setState(({ offers }) => ({
      offers: new Map([...offers].filter(([key]) => key !== offer)),
    }));
}

/** Every command on offer at the moment. */
export function allCommands(offers: CommandStore["offers"]): Command[] {
  return [...offers.values()].flat();
}

export function showOverlay(overlay: Overlay | null): void {
  useCommandStore.setState({ overlay, typed: "" });
}

export function typeIntoPalette(change: (typed: string) => string): void {
  useCommandStore.setState(({ typed }) => ({ typed: change(typed) }));
}
