import { ArrowDown, MessagesSquare } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { Spinner } from "@/shared/ui/Spinner";
import type { OlderMessages } from "./useOlderMessages";

/** Floats at the top, so that it moves nothing: older messages are being loaded, or could not be. */
export function OlderState({ older }: { older: OlderMessages }) {
  if (older.problem) {
    return (
      <div className="absolute inset-x-5 top-2 z-10 mx-auto max-w-[560px] rounded-card bg-page max-sm:inset-x-3">
        <ProblemNotice error={{ ...older.problem }} onRetry={older.load} busy={older.loading} />
      </div>
    );
  }
  if (!older.loading) return null;
  return (
    <div
      role="status"
      aria-label="Loading earlier messages"
      className="absolute top-2 left-1/2 z-10 -translate-x-1/2 rounded-full border border-line bg-elevated p-1.5 text-muted-fg"
    >
      <Spinner />
    </div>
  );
}

export function JumpToLatest({ unseen, onClick }: { unseen: number; onClick: () => void }) {
  return (
    <Button
      size="sm"
      onClick={onClick}
      className="absolute bottom-3 left-1/2 z-10 -translate-x-1/2 bg-elevated shadow-float"
    >
      <ArrowDown aria-hidden className="size-3.5" />
      Jump to latest
      {unseen > 0 && (
        <span className="rounded-full bg-accent px-1.5 text-[11px] font-semibold text-on-color">
          {unseen === 1 ? "1 new reply" : `${unseen} new replies`}
        </span>
      )}
    </Button>
  );
}

export function NoMessages() {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 text-center text-muted-fg">
      <MessagesSquare aria-hidden className="size-7 text-muted" />
      <p>Describe what is happening, or paste the error.</p>
    </div>
  );
}
