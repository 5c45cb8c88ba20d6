import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { MessagesSquare } from "lucide-react";
import { useLocation, useNavigate } from "react-router";
import type { SessionRow } from "@/api/generated";
import { listSessionsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";
import { sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { useDebounced } from "@/shared/lib/useDebounced";
import { bestMatches } from "@/shared/palette/match";
import type { Command } from "@/shared/palette/commandStore";

const searchAfterMs = 200;
const readFirst = 50;
const shown = 8;

/**
 * The engineer's sessions as commands. The latest are matched word by word at once; what lies further back is found by the
 * server.
 */
export function useSessionCommands(typed: string): { commands: Command[]; note: string | null } {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const q = useDebounced(typed.trim(), searchAfterMs).slice(0, 200);
  const latest = useQuery(listSessionsOptions({ query: { limit: readFirst } }));
  const found = useQuery({
    ...listSessionsOptions({ query: { limit: shown, q } }),
    enabled: q !== "",
    // The list stays while the next letters are looked up; what no longer matches is dropped below.
    placeholderData: keepPreviousData,
  });
  const known = bestMatches(typed, latest.data?.items ?? [], searchedText);
  const further = q === typed.trim() && !found.isPlaceholderData ? (found.data?.items ?? []) : [];
  const rows = [...new Map([...known, ...further].map((row) => [row.session.id, row])).values()];
  const failed = latest.error ?? found.error;
  return {
    commands: rows
      .filter(({ session }) => pathname !== `/pilot/${session.id}`)
      .slice(0, shown)
      .map(({ session }) => ({
        id: session.id,
        label: session.title,
        hint: [
          session.psa_ticket_id && `#${session.psa_ticket_id}`,
          session.ticket?.client,
          sessionStatusLabel(session.status),
        ]
          .filter(Boolean)
          .join(" · "),
        group: "Sessions",
        icon: MessagesSquare,
        run: () => void navigate(`/pilot/${session.id}`),
      })),
    note: failed
      ? `Sessions cannot be searched: ${asProblem(failed).detail} (${asProblem(failed).code})`
      : null,
  };
}

function searchedText({ session }: SessionRow): string {
  return [session.title, session.psa_ticket_id, session.ticket?.client].filter(Boolean).join(" ");
}
