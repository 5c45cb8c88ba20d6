import { Plus, Search, X } from "lucide-react";
import { useRef } from "react";
import { Link } from "react-router";
import { classes } from "@/shared/lib/classes";
import { Button, IconButton } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { Spinner } from "@/shared/ui/Spinner";
import { groupSessions, stopOf } from "../model/sessionList";
import { EscalationsWaiting } from "./EscalationsWaiting";
import { SessionGroup } from "./SessionGroup";
import { useArrowKeys } from "@/shared/lib/useArrowKeys";
import { useListCommands } from "./useListCommands";
import { useLoadAtEnd } from "./useLoadAtEnd";
import { useSessionList } from "./useSessionList";

interface Props {
  currentId: string;
  /** Called when a session was chosen, or the list is left otherwise. */
  onLeave?: () => void;
}

/** The engineer's sessions beside the one being worked, and what waits to be picked up above them. */
export function SessionList({ currentId, onLeave }: Props) {
  const { typed, search, q, list, rows, stale } = useSessionList();
  const field = useRef<HTMLInputElement>(null);
  const sessions = useRef<HTMLDivElement>(null);
  const groups = groupSessions(rows);
  const end = useLoadAtEnd(
    list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError,
    () => void list.fetchNextPage(),
  );
  useListCommands([...groups.active, ...groups.recent], currentId, field);

  useArrowKeys(sessions, "a[href]");
  const stop = stopOf(rows, currentId);

  function clear() {
    search("");
    field.current?.focus();
  }

  return (
    <nav aria-label="Sessions" className="flex min-h-0 w-full flex-1 flex-col bg-sidebar">
      <div className="flex h-12 shrink-0 items-center justify-between pl-4 pr-2">
        <h2 className="text-[14px]">Sessions</h2>
        <Link
          to="/"
          onClick={onLeave}
          aria-label="Start a session"
          title="Start a session"
          className="inline-flex size-8 items-center justify-center rounded-control text-muted-fg hover:bg-elevated hover:text-heading"
        >
          <Plus aria-hidden className="size-4" />
        </Link>
      </div>
      <div className="relative mx-2 mb-3 shrink-0">
        <Search aria-hidden className="absolute left-2.5 top-2 size-4 text-muted-fg" />
        <input
          ref={field}
          type="text"
          role="searchbox"
          value={typed}
          onChange={(event) => search(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || typed === "") return;
            // The first Escape empties the field; only the next one closes what it stands in.
            event.stopPropagation();
            search("");
          }}
          aria-label="Search sessions"
          placeholder="Title, ticket or client"
          className="h-8 w-full rounded-control border border-line-hover bg-card pl-8 pr-8"
        />
        {typed !== "" && (
          <IconButton label="Clear the search" onClick={clear} className="absolute right-0.5 top-0.5 size-7">
            <X aria-hidden className="size-3.5" />
          </IconButton>
        )}
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-2 pb-4">
        {q === "" && <EscalationsWaiting place="list" onLeave={onLeave} />}
        {list.isPending && <SkeletonRows rows={5} label="Loading sessions" className="h-11" />}
        {list.isError && !list.isFetchNextPageError && (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} busy={list.isFetching} />
        )}
        <div
          ref={sessions}
          aria-busy={stale || undefined}
          className={classes("flex flex-col gap-4", stale && rows.length > 0 && "opacity-60")}
        >
          <SessionGroup
            title="Active"
            rows={groups.active}
            currentId={currentId}
            stopId={stop}
            onChoose={onLeave}
          />
          <SessionGroup
            title="Recent"
            rows={groups.recent}
            currentId={currentId}
            stopId={stop}
            onChoose={onLeave}
          />
        </div>
        {list.isSuccess && rows.length === 0 && !stale && <Nothing q={q} onClear={clear} onLeave={onLeave} />}
        {list.isFetchNextPageError && (
          <ProblemNotice
            error={list.error}
            onRetry={() => void list.fetchNextPage()}
            busy={list.isFetchingNextPage}
          />
        )}
        {list.hasNextPage && (
          <div ref={end} role="status" aria-label="Loading more sessions" className="flex h-8 justify-center">
            {list.isFetchingNextPage && <Spinner className="size-4 text-muted-fg" />}
          </div>
        )}
      </div>
    </nav>
  );
}

interface NothingProps {
  q: string;
  onClear: () => void;
  onLeave: (() => void) | undefined;
}

function Nothing({ q, onClear, onLeave }: NothingProps) {
  return (
    <div role="status" className="flex flex-col items-start gap-2 px-2 text-[13px] text-muted-fg">
      {q === "" ? (
        <>
          <p>You have no sessions yet.</p>
          <Link to="/" onClick={onLeave} className="text-accent-text underline underline-offset-2">
            Start one from the dashboard
          </Link>
        </>
      ) : (
        <>
          <p className="max-w-full break-words">No session matches “{q}”.</p>
          <Button size="sm" onClick={onClear}>
            Clear the search
          </Button>
        </>
      )}
    </div>
  );
}
