import { X } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import { sending, type StateActions } from "./state";

interface Props extends StateActions {
  label?: string;
  size?: "sm" | "md";
}

/** Asks what was seen before it records the failure: the next proposal is made from it. */
export function DidNotWork({ label = "Didn't work", size = "md", running, openNote }: Props) {
  return (
    <Button
      tone="dangerOutline"
      size={size}
      onClick={() => openNote("applied_failed")}
      {...sending(running, "outcome", "applied_failed")}
    >
      {size === "md" && <X aria-hidden className="size-3.5" />}
      {label}
    </Button>
  );
}
