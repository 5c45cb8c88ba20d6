import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { TicketQueueAnswer, TicketRow } from "@/api/generated";
import { searchTicketsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { announce } from "@/shared/lib/announce";
import { useDebounced } from "@/shared/lib/useDebounced";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { useLinkTicket } from "../commands/tickets";
import { noTickets, toTicketSearch } from "../model/ticketSearch";
import { FloatingPanel } from "./FloatingPanel";
import type { DialogProps } from "./SessionDialogs";

const searchAfterMs = 300;

/** Finds a ticket by its number or by words, and makes it the session's. */
export function LinkTicketDialog({ detail, anchor, onClose }: DialogProps) {
  const { session } = detail;
  const [words, setWords] = useState("");
  const asked = useDebounced(words.trim(), searchAfterMs);
  const search = useQuery({
    ...searchTicketsOptions({ query: toTicketSearch(asked, session.psa_connection_id) }),
    placeholderData: keepPreviousData,
  });
  const link = useLinkTicket(session.id);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const linked = session.psa_ticket_id;
  const searching = asked !== words.trim() || search.isFetching;

  function choose(row: TicketRow, answer: TicketQueueAnswer) {
    link.mutate(
      { psa_ticket_id: row.id, psa_connection_id: answer.connection_id ?? null },
      {
        onSuccess: () => {
          announce(`Linked to ticket ${row.id}`);
          onClose();
        },
      },
    );
  }

  return (
    <FloatingPanel
      wide
      title={linked ? "Change the ticket" : "Link a ticket"}
      subtitle={
        linked
          ? `Linked to #${linked}. What was posted there stays there; the note goes to the new one.`
          : "Notes and updates go to it, and the pilot reads it."
      }
      anchor={anchor}
      onClose={onClose}
      firstField={field}
    >
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="text-[13px] text-muted-fg">
          Ticket number, or words of its summary
        </label>
        <input
          ref={field}
          id={id}
          type="search"
          maxLength={200}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className="h-9 w-full rounded-control border border-line-hover bg-page px-2.5"
        />
      </div>
      {link.isError && <ProblemNotice error={link.error} />}
      {search.isError && (
        <ProblemNotice error={search.error} onRetry={() => void search.refetch()} busy={search.isFetching} />
      )}
      {search.isPending && !search.isError && (
        <SkeletonRows rows={3} label="Searching tickets" className="h-12" />
      )}
      {search.data && (
        <TicketList
          answer={search.data}
          words={asked}
          searching={searching}
          linked={linked ?? null}
          linking={link.isPending ? (link.variables?.psa_ticket_id ?? null) : null}
          onChoose={(row) => choose(row, search.data)}
          onAgain={() => void search.refetch()}
        />
      )}
    </FloatingPanel>
  );
}

interface ListProps {
  answer: TicketQueueAnswer;
  words: string;
  searching: boolean;
  linked: string | null;
  linking: string | null;
  onChoose: (row: TicketRow) => void;
  onAgain: () => void;
}

function TicketList({ answer, words, searching, linked, linking, onChoose, onAgain }: ListProps) {
  if (answer.tickets.length === 0) {
    return (
      <div role="status" className="flex flex-wrap items-center justify-between gap-2 text-muted-fg">
        <p className="min-w-0 flex-1">{searching ? "Searching…" : noTickets(answer, words)}</p>
        {answer.reason && (
          <Button size="sm" busy={searching} onClick={onAgain}>
            Try again
          </Button>
        )}
      </div>
    );
  }
  return (
    <ul aria-label="Tickets found" aria-busy={searching} className="flex flex-col divide-y divide-line">
      {answer.tickets.map((row) => (
        <li key={row.id} className="flex items-center gap-3 py-2">
          <div className="min-w-0 flex-1">
            <p className="text-heading break-words">
              <span className="font-mono text-[12.5px]">#{row.id}</span> {row.summary}
            </p>
            <p className="text-[12.5px] break-words text-muted-fg">
              {[row.company, row.contact, row.board, row.status].filter(Boolean).join(" · ")}
            </p>
          </div>
          {row.id === linked ? (
            <span className="text-[12.5px] text-muted-fg">Linked now</span>
          ) : (
            <Button
              size="sm"
              aria-label={`Link ticket ${row.id}`}
              busy={linking === row.id}
              disabled={linking !== null && linking !== row.id}
              onClick={() => onChoose(row)}
            >
              Link
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
