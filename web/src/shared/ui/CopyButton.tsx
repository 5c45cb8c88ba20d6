import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { announce } from "@/shared/lib/announce";
import { classes } from "@/shared/lib/classes";

/** Copies `text`; says so for two seconds, and says when the browser refused. */
export function CopyButton({
  text,
  label = "Copy",
  className,
}: {
  text: string;
  label?: string;
  className?: string;
}) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      announce("Copied");
    } catch {
      setState("refused");
      announce("The browser did not allow copying");
    }
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setState("idle"), 2000);
  }

  const Icon = state === "copied" ? Check : Copy;
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={label}
      title={state === "refused" ? "The browser did not allow copying" : label}
      className={classes(
        "inline-flex size-7 shrink-0 items-center justify-center rounded-control text-muted-fg hover:bg-elevated hover:text-heading",
        className,
      )}
    >
      <Icon aria-hidden className={classes("size-3.5", state === "copied" && "text-success")} />
    </button>
  );
}
