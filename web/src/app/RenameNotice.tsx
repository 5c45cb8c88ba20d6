import { X } from "lucide-react";
import { IconButton } from "@/shared/ui/Button";
import { useRenameNotice } from "./renameNotice";

/** Shown once to whoever comes by an old address. */
export function RenameNotice() {
  const { due, dismiss } = useRenameNotice();
  if (!due) return null;
  return (
    <div
      role="status"
      className="flex shrink-0 animate-fade items-center gap-3 border-b border-info/30 bg-info/10 py-1 pl-5 pr-2 max-sm:pl-3"
    >
      <p className="min-w-0 flex-1 text-[13px]">
        The assistant is now FlowPilot, at <code className="font-mono text-[12px]">/pilot</code>. Your
        sessions moved with it, and old links lead here.
      </p>
      <IconButton label="Close this notice" onClick={dismiss}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </div>
  );
}
