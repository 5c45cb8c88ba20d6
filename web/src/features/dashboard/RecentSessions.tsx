import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { listSessionsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { classes } from "@/shared/lib/classes";
import { timeAgo } from "@/shared/lib/time";
import { sessionStatusDot, sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";

const shown = 10;

export function RecentSessions() {
  const list = useQuery(listSessionsOptions({ query: { limit: shown } }));
  const rows = list.data?.items ?? [];
  return (
    <section aria-label="Recent sessions" className="flex min-w-0 flex-col gap-3">
      <h2 className="text-[16px]">Recent sessions</h2>
      {list.isPending && <SkeletonRows rows={4} label="Loading sessions" className="h-12" />}
      {list.isError && (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} busy={list.isFetching} />
      )}
      {list.isSuccess && rows.length === 0 && (
        <p className="rounded-card border border-dashed border-line-hover px-3 py-4 text-muted-fg">
          No sessions yet. Start one from the box above or from a ticket.
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {rows.map(({ session }) => (
          <li key={session.id}>
            <Link
              to={`/pilot/${session.id}`}
              className="block rounded-card border border-line bg-card px-3 py-2 transition-colors duration-150 hover:border-line-hover hover:bg-elevated"
            >
              <span className="flex items-center gap-2">
                <span
                  aria-hidden
                  className={classes("size-1.5 shrink-0 rounded-full", sessionStatusDot(session.status))}
                />
                <span className="min-w-0 flex-1 truncate text-heading">{session.title}</span>
              </span>
              <span className="flex flex-wrap gap-x-1.5 pl-3.5 text-[12px] text-muted-fg">
                <span>{sessionStatusLabel(session.status)}</span>
                {session.psa_ticket_id && <span className="font-mono">#{session.psa_ticket_id}</span>}
                <span>{timeAgo(session.updated_at)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
