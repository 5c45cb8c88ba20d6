import { Link } from "react-router";
import type { SessionRow } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { sessionStatusDot, sessionStatusLabel } from "@/shared/lib/sessionStatus";

interface Props {
  title: string;
  rows: SessionRow[];
  currentId: string;
  /** The one row that Tab reaches; arrow keys go on from there. */
  stopId: string | null;
  onChoose?: () => void;
}

export function SessionGroup({ title, rows, currentId, stopId, onChoose }: Props) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={`${title} sessions`}>
      <h3 className="label-caps px-2 pb-1 font-sans text-muted-fg">{title}</h3>
      <ul className="flex flex-col gap-px">
        {rows.map(({ session }) => {
          const current = session.id === currentId;
          return (
            <li key={session.id}>
              <Link
                to={`/pilot/${session.id}`}
                onClick={onChoose}
                tabIndex={session.id === stopId ? 0 : -1}
                aria-current={current ? "page" : undefined}
                title={session.title}
                className={classes(
                  "relative block rounded-control px-2 py-1.5 transition-colors duration-150 hover:bg-elevated",
                  current && "bg-elevated",
                )}
              >
                {current && (
                  <span aria-hidden className="absolute inset-y-1.5 left-0 w-0.5 rounded-full bg-accent" />
                )}
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
                      (session.psa_ticket_id ? (
                        ""
                      ) : (
                        <span aria-hidden>{sessionStatusLabel(session.status)}</span>
                      ))}
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
