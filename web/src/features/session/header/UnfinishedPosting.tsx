import type { SessionResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { isUnfinished } from "../model/writeback";
import { unfinishedWords } from "../model/updates";
import { useSurfaces } from "../surfaces";

/** Says that something confirmed is not on the ticket as it should be, wherever its panel was closed. */
export function UnfinishedPosting({ session }: { session: SessionResource }) {
  const note = useSurfaces((surfaces) => surfaces.note);
  const dialog = useSurfaces((surfaces) => surfaces.dialog);
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  const { writeback } = session;
  if (!writeback || note || dialog) return null;
  if (!isUnfinished(writeback) && writeback.state !== "running") return null;

  function show() {
    if (writeback?.kind === "resolution_note" || writeback?.kind === "escalation_package")
      openNote(writeback.kind);
    else openDialog("shareUpdate");
  }

  return (
    <div
      role="status"
      className="mt-2 flex flex-wrap items-center gap-2 rounded-card border border-warning/30 bg-warning/10 px-3 py-1.5 text-[13px]"
    >
      <span className="min-w-0 flex-1 break-words">{unfinishedWords(writeback)}</span>
      <Button size="sm" onClick={show}>
        Show
      </Button>
    </div>
  );
}
