import type { TicketRow } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { timeAgo } from "@/shared/lib/time";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useStartSession } from "./useStartSession";

interface Props {
  tickets: TicketRow[];
  connectionId: string | null;
  fading: boolean;
}

export function TicketRows({ tickets, connectionId, fading }: Props) {
  const start = useStartSession();
  const starting = start.isPending ? start.variables.psa_ticket_id : null;
  return (
    <>
      {start.isError && <ProblemNotice error={start.error} />}
      <ul
        className={classes(
          "flex flex-col divide-y divide-line rounded-card border border-line bg-card",
          fading && "opacity-60",
        )}
      >
        {tickets.map((ticket) => (
          <li key={ticket.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3.5 py-2.5">
            <div className="min-w-[220px] flex-1">
              <p className="break-words">
                <span className="mr-2 font-mono text-[12.5px] text-muted-fg">#{ticket.id}</span>
                <span className="text-heading">{ticket.summary}</span>
              </p>
              <p className="text-[12.5px] break-words text-muted-fg">
                {[
                  ticket.company,
                  ticket.contact,
                  ticket.status,
                  ticket.priority,
                  ticket.date_entered && timeAgo(ticket.date_entered),
                ]
                  .filter(Boolean)
                  .join(" · ")}
                {ticket.sla?.breached && <span className="ml-1.5 text-danger">SLA breached</span>}
              </p>
            </div>
            <Button
              size="sm"
              busy={starting === ticket.id}
              disabled={start.isPending && starting !== ticket.id}
              aria-label={`Start session for ticket ${ticket.id}`}
              onClick={() => start.mutate({ psa_ticket_id: ticket.id, psa_connection_id: connectionId })}
            >
              Start session
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
