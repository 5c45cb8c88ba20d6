import { memo } from "react";
import type { SessionDetail } from "@/api/generated";
import { isClosed } from "@/shared/lib/sessionStatus";
import { Button } from "@/shared/ui/Button";
import { EscalateButton } from "../escalate/EscalateButton";
import { useSurfaces } from "../surfaces";

/** The two endings, at the foot of the lane. */
export const LaneFooter = memo(function LaneFooter({ detail }: { detail: SessionDetail }) {
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  if (isClosed(detail.session.status)) return null;
  return (
    <div className="flex shrink-0 gap-2 border-t border-line px-4 py-3">
      <EscalateButton detail={detail} place="lane" />
      <Button tone="success" onClick={() => openNote("resolution_note")} className="flex-1">
        Resolve session
      </Button>
    </div>
  );
});
