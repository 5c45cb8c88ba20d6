import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Link } from "react-router";
import { listSessionsOptions } from "@/api/generated/@tanstack/react-query.gen";
import type { SessionRow } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { groupSessions } from "../model/sessionList";
import { sessionStatusDot, sessionStatusLabel } from "@/shared/lib/sessionStatus";

const pageSize = 50;

export function SessionList({ currentId }: { currentId: string }) {
  const list = useQuery(listSessionsOptions({ query: { limit: pageSize } }));
  const groups = groupSessions(list.data?.items ?? []);
  return (
    <nav
      aria-label="Sessions"
      className="flex h-full w-[260px] shrink-0 flex-col border-r border-line bg-sidebar"
    >
      <div className="flex h-12 shrink-0 items-center justify-between px-4">
        <h2 className="text-[14px]">Sessions</h2>
        <Link
          to="/"
          aria-label="Start a session"
          title="Start a session"
          className="inline-flex size-8 items-center justify-center rounded-control text-muted-fg hover:bg-elevated hover:text-heading"
        >
          <Plus aria-hidden className="size-4" />
        </Link>
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-2 pb-4">
        {list.isPending && <SkeletonRows rows={5} label="Loading sessions" className="h-11" />}
        {list.isError && (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} busy={list.isFetching} />
        )}
        <Group title="Active" rows={groups.active} currentId={currentId} />
        <Group title="Recent" rows={groups.recent} currentId={currentId} />
      </div>
    </nav>
  );
}

function Group({ title, rows, currentId }: { title: string; rows: SessionRow[]; currentId: string }) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={`${title} sessions`}>
      <h3 className="label-caps px-2 pb-1 font-sans text-muted-fg">{title}</h3>
      <ul>
        {rows.map(({ session }) => (
          <li key={session.id}>
            <Link
              to={`/pilot/${session.id}`}
              aria-current={session.id === currentId ? "page" : undefined}
              className={classes(
                "block rounded-control px-2 py-1.5 transition-colors duration-150 hover:bg-elevated",
                session.id === currentId && "bg-elevated",
              )}
            >
              <span className="flex items-center gap-2">
                <span
                  aria-hidden
                  className={classes("size-1.5 shrink-0 rounded-full", sessionStatusDot(session.status))}
                />
                <span className="min-w-0 flex-1 truncate text-heading">{session.title}</span>
              </span>
              <span className="flex gap-1.5 pl-3.5 text-[12px] text-muted-fg">
                <span className="sr-only">{sessionStatusLabel(session.status)}</span>
                {session.psa_ticket_id && <span className="font-mono">#{session.psa_ticket_id}</span>}
                <span className="min-w-0 truncate">
                  {session.ticket?.client ??
                    (session.psa_ticket_id ? "" : sessionStatusLabel(session.status))}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
