import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  endLoginSessionMutation,
  endOtherLoginSessionsMutation,
  listLoginSessionsOptions,
  listLoginSessionsQueryKey,
} from "@/api/generated/@tanstack/react-query.gen";
import type { LoginSessionRow } from "@/api/generated";
import { announce } from "@/shared/lib/announce";
import { clockTime, timeAgo } from "@/shared/lib/time";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";

/** Every device the engineer is signed in on. Ending one is done at once; its page is out within a minute. */
export function LoginSessions() {
  const queries = useQueryClient();
  const list = useQuery(listLoginSessionsOptions());
  const readAgain = () => queries.invalidateQueries({ queryKey: listLoginSessionsQueryKey() });
  const end = useMutation({
    ...endLoginSessionMutation(),
    onSuccess: () => announce("Signed out there"),
    // Also after a refusal: it may have ended meanwhile.
    onSettled: readAgain,
  });
  const endOthers = useMutation({
    ...endOtherLoginSessionsMutation(),
    onSuccess: () => announce("Signed out everywhere else"),
    onSettled: readAgain,
  });
  const rows = list.data?.items ?? [];
  const others = rows.filter((row) => !row.is_current);
  const error = end.error ?? endOthers.error;

  return (
    <section aria-label="Where you are signed in" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-[16px]">Where you are signed in</h2>
        {others.length > 0 && (
          <Button size="sm" busy={endOthers.isPending} onClick={() => endOthers.mutate({})}>
            Sign out everywhere else
          </Button>
        )}
      </div>
      {error && <ProblemNotice error={error} />}
      {list.isPending && <SkeletonRows rows={2} label="Loading sign-ins" className="h-14" />}
      {list.isError && (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} busy={list.isFetching} />
      )}
      <ul className="flex flex-col gap-2">
        {rows.map((row) => (
          <li
            key={row.id}
            className="flex items-center gap-3 rounded-card border border-line bg-card px-3 py-2.5"
          >
            <Where row={row} />
            {!row.is_current && (
              <Button
                size="sm"
                tone="dangerOutline"
                aria-label={`End the sign-in on ${row.device}`}
                busy={end.isPending && end.variables.path.login_session_id === row.id}
                onClick={() => end.mutate({ path: { login_session_id: row.id } })}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {list.isSuccess && others.length === 0 && (
        <p className="text-muted-fg">You are signed in nowhere else.</p>
      )}
    </section>
  );
}

function Where({ row }: { row: LoginSessionRow }) {
  return (
    <div className="min-w-0 flex-1">
      <p className="flex flex-wrap items-center gap-2">
        <span className="truncate text-heading">{row.device}</span>
        {row.is_current && (
          <span className="rounded-control bg-success/10 px-1.5 text-[12px] text-success">This one</span>
        )}
      </p>
      <p className="flex flex-wrap gap-x-1.5 text-[12px] text-muted-fg">
        {row.address && <span className="font-mono">{row.address}</span>}
        <span>signed in {clockTime(row.created_at)}</span>
        <span>last used {timeAgo(row.last_used_at)}</span>
      </p>
    </div>
  );
}
