import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { EscalatedSession } from "@/api/generated";
import { listEscalationsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";
import { classes } from "@/shared/lib/classes";
import { timeAgo } from "@/shared/lib/time";
import { useNow } from "@/shared/lib/useNow";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { usePickUp } from "./usePickUp";

const readAgainMs = 60_000;
const read = 50;
const shownFirst = 3;

interface Props {
  /** Beside a session there is little room; on the dashboard the reason is read in full. */
  place: "list" | "dashboard";
  onLeave?: () => void;
}

/** Sessions that wait for another engineer, longest first. Nothing when none waits; a failed reading is one quiet line. */
export function EscalationsWaiting({ place, onLeave }: Props) {
  const queue = useQuery({
    ...listEscalationsOptions({ query: { limit: read } }),
    refetchInterval: readAgainMs,
  });
  const pickUp = usePickUp();
  const waiting = queue.data?.items ?? [];
  const [all, setAll] = useState(false);
  const dashboard = place === "dashboard";
  const shown = all ? waiting : waiting.slice(0, shownFirst);
  const count = queue.data?.next_cursor ? `${waiting.length}+` : String(waiting.length);

  if (queue.isError && waiting.length === 0) {
    const problem = asProblem(queue.error);
    return (
      <p className="flex flex-wrap items-center gap-x-2 px-2 text-[12.5px] text-muted-fg">
        <span className="min-w-0 break-words">
          Escalations cannot be read: {problem.detail} <span className="font-mono">{problem.code}</span>
        </span>
        <Button size="sm" tone="ghost" busy={queue.isFetching} onClick={() => void queue.refetch()}>
          Try again
        </Button>
      </p>
    );
  }
  if (waiting.length === 0 && !pickUp.isError) return null;
  return (
    <section
      aria-label={dashboard ? "Escalations waiting" : "Escalations"}
      className="flex min-w-0 flex-col gap-2"
    >
      {dashboard ? (
        <h2 className="text-[16px]">Escalations waiting</h2>
      ) : (
        <h3 className="label-caps px-2 font-sans text-warning">Escalations · {count}</h3>
      )}
      {pickUp.isError && <ProblemNotice error={pickUp.error} />}
      <ul className="flex flex-col gap-1.5">
        {shown.map((escalation) => (
          <Waiting
            key={escalation.id}
            escalation={escalation}
            dashboard={dashboard}
            busy={pickUp.isPending && pickUp.variables === escalation.id}
            disabled={pickUp.isPending && pickUp.variables !== escalation.id}
            onPickUp={() => pickUp.mutate(escalation.id, { onSuccess: onLeave })}
            onLook={onLeave}
          />
        ))}
      </ul>
      {waiting.length > shownFirst && (
        <Button
          size="sm"
          tone="ghost"
          aria-expanded={all}
          onClick={() => setAll(!all)}
          className="self-start"
        >
          {all ? "Show fewer" : `Show all ${count}`}
        </Button>
      )}
    </section>
  );
}

interface WaitingProps {
  escalation: EscalatedSession;
  dashboard: boolean;
  busy: boolean;
  disabled: boolean;
  onPickUp: () => void;
  onLook: (() => void) | undefined;
}

function Waiting({ escalation, dashboard, busy, disabled, onPickUp, onLook }: WaitingProps) {
  const now = useNow();
  const by = escalation.escalated_by_name ?? escalation.engineer_name;
  const title = (
    <Link
      to={`/pilot/${escalation.id}`}
      onClick={onLook}
      title={escalation.title}
      className={classes("block text-heading hover:underline", dashboard ? "break-words" : "truncate")}
    >
      {escalation.psa_ticket_id && (
        <span className="mr-1.5 font-mono text-[12px] text-muted-fg">#{escalation.psa_ticket_id}</span>
      )}
      {escalation.title}
    </Link>
  );
  const reason = escalation.reason && (
    <p className={classes("text-[12.5px] break-words", !dashboard && "line-clamp-1")}>{escalation.reason}</p>
  );
  const origin = (
    <p className="min-w-0 text-[12px] break-words text-muted-fg">
      {[dashboard && escalation.ticket?.client, `from ${by}`, timeAgo(escalation.escalated_at, now)]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
  const action = (
    <Button
      size="sm"
      busy={busy}
      disabled={disabled}
      onClick={onPickUp}
      aria-label={`Pick up ${escalation.title}`}
    >
      Pick up
    </Button>
  );
  const card = "rounded-card border border-warning/30 bg-warning/10 px-2.5 py-2";
  if (dashboard) {
    return (
      <li className={classes("flex flex-wrap items-center gap-x-3 gap-y-1.5", card)}>
        <div className="min-w-[220px] flex-1">
          {title}
          {reason}
          {origin}
        </div>
        {action}
      </li>
    );
  }
  return (
    <li className={card}>
      {title}
      {reason}
      <div className="mt-1 flex items-center justify-between gap-2">
        {origin}
        {action}
      </div>
    </li>
  );
}
