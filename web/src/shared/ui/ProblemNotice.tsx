import { TriangleAlert } from "lucide-react";
import { asProblem } from "@/api/problem";
import { classes } from "@/shared/lib/classes";
import { Button } from "./Button";

interface Props {
  error: unknown;
  onRetry?: () => void;
  retryLabel?: string;
  busy?: boolean;
  className?: string;
}

/** An error in the words of the API, with its stable code to quote. */
export function ProblemNotice({ error, onRetry, retryLabel = "Retry", busy, className }: Props) {
  const problem = asProblem(error);
  return (
    <div
      role="alert"
      className={classes(
        "flex items-start gap-2.5 rounded-card border border-danger/30 bg-danger/10 px-3 py-2.5",
        className,
      )}
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <div className="min-w-0 flex-1">
        <p className="break-words text-primary">{problem.detail}</p>
        {problem.fields.length > 0 && (
          <ul className="mt-1 list-disc pl-4 text-[13px]">
            {problem.fields.map((field) => (
              <li key={`${field.name}:${field.message}`}>
                {field.name}: {field.message}
              </li>
            ))}
          </ul>
        )}
        <p className="mt-0.5 font-mono text-[11px] text-muted-fg">{problem.code}</p>
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry} busy={busy}>
          {retryLabel}
        </Button>
      )}
    </div>
  );
}
