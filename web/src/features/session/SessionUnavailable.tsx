import { Link } from "react-router";
import { asProblem } from "@/api/problem";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";

interface Props {
  /** Null while the session is being read. */
  error: unknown;
  busy: boolean;
  onRetry: () => void;
}

/** Stands where the session will be, or says why there is none. */
export function SessionUnavailable({ error, busy, onRetry }: Props) {
  return (
    <main className="flex min-w-0 flex-1 flex-col gap-4 p-6">
      {error ? (
        <>
          <h1 className="text-xl">
            {asProblem(error).status === 404 ? "There is no such session" : "The session cannot be shown"}
          </h1>
          <ProblemNotice error={error} onRetry={onRetry} busy={busy} />
          <Link to="/" className="text-accent underline">
            Go to the dashboard
          </Link>
        </>
      ) : (
        <SkeletonRows rows={4} label="Loading the session" className="h-20" />
      )}
    </main>
  );
}
