import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { listTicketStatusesOptions } from "@/api/generated/@tanstack/react-query.gen";
import type { Posting } from "./usePosting";

const freshForMs = 5 * 60_000;

interface Props {
  sessionId: string;
  /** The status the account has set for this; null when it has set none. */
  usual: string | null;
  posting: Posting;
}

/** Which status the ticket gets. Absent while nobody can say which there are: the account's own is set then. */
export function StatusChoice({ sessionId, usual, posting }: Props) {
  const id = useId();
  const { data } = useQuery({
    ...listTicketStatusesOptions({ path: { session_id: sessionId } }),
    staleTime: freshForMs,
  });
  if (!data || data.statuses.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <label htmlFor={id} className="text-[12.5px] text-muted-fg">
        Ticket status
      </label>
      <select
        id={id}
        value={posting.status?.id ?? ""}
        disabled={posting.running}
        onChange={(event) =>
          posting.setStatus(data.statuses.find((one) => String(one.id) === event.target.value) ?? null)
        }
        className="h-8 max-w-full min-w-0 rounded-control border border-line-hover bg-card px-2 text-heading"
      >
        <option value="">{usual ? `${usual} (as set by your account)` : "Stays as it is"}</option>
        {data.statuses
          .filter((one) => one.name !== usual)
          .map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
      </select>
    </div>
  );
}
