import { lazy, Suspense, useRef } from "react";
import type { SessionDetail } from "@/api/generated";
import type { SessionStatus } from "@/shared/lib/sessionStatus";
import { Button } from "@/shared/ui/Button";
import { useSurfaces, type EscalatePlace } from "../surfaces";

// Most sessions end without the question.
const EscalateIntercept = lazy(() => import("./EscalateIntercept"));

interface Props {
  detail: SessionDetail;
  /** It stands in the header and in the lane; what it asks hangs from the one that was clicked. */
  place: EscalatePlace;
}

const escalatable: SessionStatus[] = ["active", "paused", "requesting_escalation", "resolved"];

/** Hands the session over. A fix that was run and not judged is asked about first. */
export function EscalateButton({ detail, place }: Props) {
  const escalate = useSurfaces((surfaces) => surfaces.escalate);
  const asking = useSurfaces((surfaces) => surfaces.intercepting && surfaces.escalatedFrom === place);
  const button = useRef<HTMLButtonElement>(null);
  const { session, active_fix: fix } = detail;
  if (!escalatable.includes(session.status)) return null;
  return (
    <>
      <Button
        ref={button}
        tone="warningOutline"
        data-place={place}
        aria-haspopup="dialog"
        aria-expanded={asking}
        onClick={() => escalate(fix, place)}
        className={asking ? "bg-warning/16" : undefined}
      >
        Escalate
      </Button>
      {asking && fix && (
        <Suspense>
          <EscalateIntercept sessionId={session.id} fix={fix} anchor={button} />
        </Suspense>
      )}
    </>
  );
}
