import type { SessionDetail } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { useSurfaces } from "../surfaces";

interface Props {
  detail: SessionDetail;
  /** It stands in the header and in the lane; what it asks hangs from the one that was clicked. */
  place: "header" | "lane";
}

/** Hands the session over. A fix that was run and not judged is asked about first. */
export function EscalateButton({ detail, place }: Props) {
  const escalate = useSurfaces((surfaces) => surfaces.escalate);
  return (
    <Button data-place={place} onClick={() => escalate(detail.active_fix)}>
      Escalate
    </Button>
  );
}
