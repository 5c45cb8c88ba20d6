import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { listBoardsOptions, searchTicketsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { classes } from "@/shared/lib/classes";
import { Button, IconButton } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { emptySentence, toQueueQuery, type QueueTab } from "./queue";
import { TicketRows } from "./TicketRows";

/** Open tickets of the connected ticketing system. Without one, or while it is down, the list is quietly empty. */
export function TicketQueue() {
  const [tab, setTab] = useState<QueueTab>({ kind: "mine" });
  const [page, setPage] = useState(1);
  const boards = useQuery(listBoardsOptions());
  const queue = useQuery({
    ...searchTicketsOptions({ query: toQueueQuery(tab, page) }),
    placeholderData: keepPreviousData,
  });
  const boardSelect = useId();
  const panel = useId();
  const boardList = boards.data?.boards ?? [];

  function choose(next: QueueTab) {
    setTab(next);
    setPage(1);
  }

  return (
    <section aria-label="Ticket queue" className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="text-[16px]">Ticket queue</h2>
        <div className="flex flex-wrap items-center gap-1.5">
          <div role="group" aria-label="Which tickets" className="flex gap-1">
            <TabButton
              controls={panel}
              selected={tab.kind === "mine"}
              onClick={() => choose({ kind: "mine" })}
            >
              Mine
            </TabButton>
            <TabButton
              controls={panel}
              selected={tab.kind === "unassigned"}
              onClick={() => choose({ kind: "unassigned" })}
            >
              Unassigned
            </TabButton>
          </div>
          {boardList.length > 0 && (
            <>
              <label htmlFor={boardSelect} className="sr-only">
                Tickets of a board
              </label>
              <select
                id={boardSelect}
                value={tab.kind === "board" ? String(tab.boardId) : ""}
                onChange={(event) =>
                  event.target.value && choose({ kind: "board", boardId: Number(event.target.value) })
                }
                className={classes(
                  "h-8 max-w-44 rounded-control border bg-card px-2",
                  tab.kind === "board" ? "border-accent text-heading" : "border-line-hover text-muted-fg",
                )}
              >
                <option value="">Board…</option>
                {boardList.map((board) => (
                  <option key={board.id} value={board.id}>
                    {board.name}
                  </option>
                ))}
              </select>
            </>
          )}
        </div>
      </div>
      <div id={panel} className="flex flex-col gap-3">
        {queue.isPending && <SkeletonRows rows={6} label="Loading tickets" className="h-14" />}
        {queue.isError && (
          <ProblemNotice error={queue.error} onRetry={() => void queue.refetch()} busy={queue.isFetching} />
        )}
        {queue.data && (
          <>
            {queue.data.tickets.length === 0 ? (
              <div className="flex flex-wrap items-center justify-between gap-2 rounded-card border border-dashed border-line-hover px-3 py-4 text-muted-fg">
                <span className="min-w-0 break-words">{emptySentence(queue.data, tab)}</span>
                {queue.data.reason === "psa_unavailable" && (
                  <Button size="sm" onClick={() => void queue.refetch()} busy={queue.isFetching}>
                    Try again
                  </Button>
                )}
              </div>
            ) : (
              <TicketRows
                tickets={queue.data.tickets}
                connectionId={queue.data.connection_id ?? null}
                fading={queue.isPlaceholderData}
              />
            )}
            {(page > 1 || queue.data.has_more) && (
              <div className="flex items-center justify-end gap-2 text-[13px] text-muted-fg">
                <IconButton
                  label="Previous page"
                  disabled={page === 1 || queue.isPlaceholderData}
                  onClick={() => setPage(page - 1)}
                >
                  <ChevronLeft aria-hidden className="size-4" />
                </IconButton>
                <span>Page {page}</span>
                <IconButton
                  label="Next page"
                  disabled={!queue.data.has_more || queue.isPlaceholderData}
                  onClick={() => setPage(page + 1)}
                >
                  <ChevronRight aria-hidden className="size-4" />
                </IconButton>
              </div>
            )}
          </>
        )}
      </div>
    </section>
  );
}

interface TabButtonProps {
  selected: boolean;
  controls: string;
  onClick: () => void;
  children: string;
}

function TabButton({ selected, controls, onClick, children }: TabButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={selected}
      aria-controls={controls}
      onClick={onClick}
      className={classes(
        "h-8 rounded-control border px-3 font-medium transition-colors duration-150",
        selected
          ? "border-accent bg-accent/10 text-heading"
          : "border-transparent text-muted-fg hover:bg-elevated hover:text-heading",
      )}
    >
      {children}
    </button>
  );
}
