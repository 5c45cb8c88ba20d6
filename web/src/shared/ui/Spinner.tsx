import { LoaderCircle } from "lucide-react";
import { classes } from "@/shared/lib/classes";

export function Spinner({ className }: { className?: string }) {
  return <LoaderCircle aria-hidden className={classes("animate-spin-round", className ?? "size-4")} />;
}
