import { lazy, Suspense, useState } from "react";
import { useCommandStore } from "@/shared/palette/commandStore";
import { useShortcutKeys } from "@/shared/palette/useShortcutKeys";
import { useAppCommands } from "./useAppCommands";

// Nobody needs either before asking for it, so the first paint does not carry them.
const Palette = lazy(() => import("./Palette"));
const ShortcutsOverlay = lazy(() => import("./ShortcutsOverlay"));

/** Keys, palette and list of shortcuts, beside the page. */
export function PaletteHost() {
  useShortcutKeys();
  useAppCommands();
  const overlay = useCommandStore((store) => store.overlay);
  const [asked, setAsked] = useState({ palette: false, shortcuts: false });
  // Once asked for, each stays, so that closing can end in its own time.
  if (overlay && !asked[overlay]) setAsked({ ...asked, [overlay]: true });
  return (
    <Suspense>
      {asked.palette && <Palette />}
      {asked.shortcuts && <ShortcutsOverlay />}
    </Suspense>
  );
}
