import { useQuery } from "@tanstack/react-query";
import { useId, useRef, type FormEvent, type RefObject } from "react";
import type { SpinOffResource } from "@/api/generated";
import { listSpinOffTicketsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { clockTime } from "@/shared/lib/time";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useSpinOff } from "../commands/tickets";
import { useDraft } from "../composer/useDraft";
import { FloatingPanel } from "./FloatingPanel";
import { NeedsTicket } from "./NeedsTicket";
import { QuietNotice } from "./QuietNotice";
import type { DialogProps } from "./SessionDialogs";

const field = "w-full rounded-control border border-line-hover bg-page px-2.5";

/** A second ticket, for another problem that came up. It is on the board and for the company of the session's ticket. */
export function SpinOffDialog({ detail, anchor, onClose }: DialogProps) {
  const { session } = detail;
  const ticket = session.psa_ticket_id;
  const first = useRef<HTMLInputElement>(null);
  return (
    <FloatingPanel
      title="Spin off a ticket"
      subtitle={
        ticket ? `For another problem; same board and company as #${ticket}.` : "No ticket is linked."
      }
      anchor={anchor}
      onClose={onClose}
      firstField={ticket ? first : undefined}
    >
      {ticket ? (
        <SpinOffForm sessionId={session.id} first={first} />
      ) : (
        <NeedsTicket why="The second ticket takes board and company from the session's ticket. Link that one first." />
      )}
      <SpinOffs sessionId={session.id} />
    </FloatingPanel>
  );
}

interface FormProps {
  sessionId: string;
  first: RefObject<HTMLInputElement | null>;
}

function SpinOffForm({ sessionId, first }: FormProps) {
  const [summary, setSummary] = useDraft(sessionId, "spin-off-summary");
  const [description, setDescription] = useDraft(sessionId, "spin-off-description");
  const create = useSpinOff(sessionId);
  const id = useId();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (create.isPending || summary.trim() === "") return;
    create.mutate(
      { summary: summary.trim(), description: description.trim() || null },
      {
        onSuccess: () => {
          setSummary("");
          setDescription("");
        },
      },
    );
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <label htmlFor={`${id}-summary`} className="text-[13px] text-muted-fg">
        Summary
      </label>
      <input
        ref={first}
        id={`${id}-summary`}
        maxLength={100}
        value={summary}
        onChange={(event) => setSummary(event.target.value)}
        className={`${field} h-9`}
      />
      <label htmlFor={`${id}-description`} className="text-[13px] text-muted-fg">
        Description (optional)
      </label>
      <textarea
        id={`${id}-description`}
        rows={4}
        maxLength={20_000}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        className={`${field} resize-y py-1.5`}
      />
      {create.isError && <ProblemNotice error={create.error} />}
      {create.data && summary === "" && <Created made={create.data} />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {summary.trim() === "" && <p className="text-[12.5px] text-muted-fg">A summary is needed.</p>}
        <Button type="submit" tone="accent" busy={create.isPending} disabled={summary.trim() === ""}>
          Create the ticket
        </Button>
      </div>
    </form>
  );
}

function Created({ made }: { made: SpinOffResource }) {
  return (
    <QuietNotice tone="success">
      {made.ticket_id ? (
        <>
          Ticket <span className="font-mono">#{made.ticket_id}</span> was created.
        </>
      ) : (
        "The ticket is being created; its number will stand below."
      )}
    </QuietNotice>
  );
}

function SpinOffs({ sessionId }: { sessionId: string }) {
  const list = useQuery({
    ...listSpinOffTicketsOptions({ path: { session_id: sessionId } }),
    staleTime: 0,
    // A ticket that is being created tells its number by itself.
    refetchInterval: (query) => (query.state.data?.some((row) => row.state === "running") ? 2_000 : false),
  });
  if (list.isError) {
    return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} busy={list.isFetching} />;
  }
  if (!list.data || list.data.length === 0) return null;
  return (
    <section aria-label="Tickets spun off" className="border-t border-line pt-3">
      <h3 className="mb-1 text-[13px]">Spun off before</h3>
      <ul className="flex flex-col divide-y divide-line">
        {list.data.map((row) => (
          <li key={row.id} className="py-1.5 text-[13px] break-words">
            {row.ticket_id && <span className="font-mono text-[12.5px] text-heading">#{row.ticket_id} </span>}
            {row.summary}{" "}
            <span className="text-muted-fg">
              {[
                row.state === "running" && "being created",
                row.state === "failed" && "not created",
                clockTime(row.created_at),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
            {row.error && (
              <span className="block text-[12.5px] text-danger">
                {row.error.detail} <span className="font-mono text-[11px]">{row.error.code}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
