import { Button } from "@/shared/ui/Button";
import type { usePickUp } from "../commands/endings";

/** Takes over an escalated session. */
export function PickUpButton({ pickUp }: { pickUp: ReturnType<typeof usePickUp> }) {
  return (
    <Button tone="accent" busy={pickUp.isPending} onClick={() => pickUp.mutate()}>
      Pick up
    </Button>
  );
}
