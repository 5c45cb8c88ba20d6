import { ImageOff } from "lucide-react";
import { asProblem } from "@/api/problem";
import { Button } from "@/shared/ui/Button";

/** A file that cannot be shown says why, in its own place. */
export function UploadProblem({
  name,
  error,
  onRetry,
}: {
  name: string;
  error: unknown;
  onRetry: () => void;
}) {
  const problem = asProblem(error);
  return (
    <span className="flex max-w-full items-center gap-2 rounded-control border border-danger/30 bg-danger/10 px-2.5 py-1.5 text-[12.5px]">
      <ImageOff aria-hidden className="size-4 shrink-0 text-danger" />
      <span className="min-w-0 break-words">
        {name}: {problem.detail} <span className="font-mono text-[11px] text-muted-fg">{problem.code}</span>
      </span>
      <Button size="sm" onClick={onRetry}>
        Retry
      </Button>
    </span>
  );
}
