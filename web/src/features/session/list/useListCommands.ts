import { ChevronDown, ChevronUp, Search } from "lucide-react";
import { useMemo, type RefObject } from "react";
import { useNavigate } from "react-router";
import type { SessionRow } from "@/api/generated";
import { usePaletteCommands, type Command, type CommandGroup } from "@/shared/palette/commandStore";
import { neighbour } from "../model/sessionList";

const group: CommandGroup = "Sessions";

/** Going through the sessions in the order shown, and looking for one. */
export function useListCommands(
  rows: SessionRow[],
  currentId: string,
  field: RefObject<HTMLInputElement | null>,
): void {
  const navigate = useNavigate();
  const next = neighbour(rows, currentId, 1);
  const previous = neighbour(rows, currentId, -1);
  const commands = useMemo<Command[]>(() => {
    const go = (id: string | null) => () => {
      if (id) void navigate(`/pilot/${id}`);
    };
    return [
      ...(next
        ? [{ id: "next", label: "Next session", group, icon: ChevronDown, shortcut: "j", run: go(next) }]
        : []),
      ...(previous
        ? [
            {
              id: "previous",
              label: "Previous session",
              group,
              icon: ChevronUp,
              shortcut: "k",
              run: go(previous),
            },
          ]
        : []),
      {
        id: "search",
        label: "Search the sessions",
        keywords: "find list",
        group,
        icon: Search,
        shortcut: "/",
        run: () => field.current?.focus(),
      },
    ];
  }, [navigate, next, previous, field]);
  usePaletteCommands(commands);
}
