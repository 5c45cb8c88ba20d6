import { useQuery } from "@tanstack/react-query";
import { listSessionPostLogOptions } from "@/api/generated/@tanstack/react-query.gen";
import { clockTime } from "@/shared/lib/time";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { postedHow, postedWhat } from "../model/updates";

/** What this session wrote to tickets, latest first. */
export function EarlierPosts({ sessionId }: { sessionId: string }) {
  const log = useQuery({
    ...listSessionPostLogOptions({ path: { session_id: sessionId }, query: { limit: 20 } }),
    staleTime: 0,
  });
  if (log.isError) {
    return <ProblemNotice error={log.error} onRetry={() => void log.refetch()} busy={log.isFetching} />;
  }
  const entries = log.data?.items ?? [];
  if (entries.length === 0) return null;
  return (
    <section aria-label="Earlier posts" className="border-t border-line pt-3">
      <h3 className="mb-1 text-[13px]">Earlier posts</h3>
      <ul className="flex flex-col divide-y divide-line">
        {entries.map((entry) => (
          <li key={entry.id}>
            <details className="py-1.5">
              <summary className="cursor-pointer text-[13px] break-words">
                <span className="text-heading">{postedWhat(entry)}</span>{" "}
                <span className="text-muted-fg">
                  {[
                    postedHow(entry),
                    entry.ticket_ref && `#${entry.ticket_ref}`,
                    entry.created_by_name,
                    clockTime(entry.posted_at ?? entry.created_at),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </summary>
              {entry.error && (
                <p className="mt-1 text-[12.5px] text-danger">
                  {entry.error.detail} <span className="font-mono text-[11px]">{entry.error.code}</span>
                </p>
              )}
              <p className="mt-1 text-[12.5px] break-words whitespace-pre-wrap text-muted-fg">{entry.text}</p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
