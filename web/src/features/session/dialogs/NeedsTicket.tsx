import { Button } from "@/shared/ui/Button";
import { useSurfaces } from "../surfaces";

/** Stands where something would go to a ticket and none is linked. */
export function NeedsTicket({ why }: { why: string }) {
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <p className="min-w-0 flex-1 text-muted-fg">{why}</p>
      <Button onClick={() => openDialog("linkTicket")}>Link a ticket…</Button>
    </div>
  );
}
