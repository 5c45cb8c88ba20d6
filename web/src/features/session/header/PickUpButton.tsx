import { Button } from "@/shared/ui/Button";
import type { usePickUp } from "../commands/endings";

interface Props {
  pickUp: ReturnType<typeof usePickUp>;
  /** The one that stands out; beside others on the page it is quiet. */
  main?: boolean;
}

/** Takes over an escalated session. */
export function PickUpButton({ pickUp, main = false }: Props) {
  return (
    <Button
      tone={main ? "accent" : "outline"}
      size={main ? "md" : "sm"}
      busy={pickUp.isPending}
      onClick={() => pickUp.mutate()}
    >
      Pick up
    </Button>
  );
}
