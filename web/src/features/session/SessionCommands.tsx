import {
  ArrowUpRight,
  FileText,
  Link2,
  ListChecks,
  MessageSquareText,
  Pause,
  Play,
  Share2,
  Sparkles,
  StickyNote,
  Ticket,
  TicketPlus,
  Trash2,
} from "lucide-react";
import { memo, useMemo } from "react";
import type { SessionDetail } from "@/api/generated";
import { asProblem } from "@/api/problem";
import { announce } from "@/shared/lib/announce";
import { usePaletteCommands, type Command, type CommandGroup } from "@/shared/palette/commandStore";
import { useLifecycle } from "./commands/lifecycle";
import { focusComposer, focusFix, focusTasks, startNote, whenDrawn } from "./focusParts";
import { possibleCommands } from "./model/sessionCommands";
import { useSurfaces } from "./surfaces";

const group: CommandGroup = "This session";

/** Offers to the palette and the keys what can be done with the session in its present status. */
export const SessionCommands = memo(function SessionCommands({ detail }: { detail: SessionDetail }) {
  const { session, active_fix: fix } = detail;
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const escalate = useSurfaces((surfaces) => surfaces.escalate);
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  const setLaneOpen = useSurfaces((surfaces) => surfaces.setLaneOpen);
  const { mutate: change } = useLifecycle(session.id);
  const { id, status } = session;
  const hasTicket = Boolean(session.psa_ticket_id);

  const commands = useMemo<Command[]>(() => {
    const lifecycle = (action: "pause" | "resume") =>
      change(action, { onError: (error) => announce(asProblem(error).detail) });
    const all: Record<ReturnType<typeof possibleCommands>[number], Omit<Command, "id" | "group">> = {
      composer: {
        label: "Write to the pilot",
        keywords: "composer message chat focus",
        icon: MessageSquareText,
        shortcut: "c",
        run: focusComposer,
      },
      tasks: {
        label: "Open the tasks",
        keywords: "lane questions checks facts answer",
        icon: ListChecks,
        shortcut: "t",
        run: () => {
          setLaneOpen(true);
          whenDrawn(focusTasks);
        },
      },
      fix: {
        label: "Go to the suggested fix",
        keywords: "banner proposal apply outcome worked",
        icon: Sparkles,
        shortcut: "f",
        run: focusFix,
      },
      addNote: {
        label: "Add a note",
        keywords: "fact know",
        icon: StickyNote,
        shortcut: "n",
        run: () => {
          setLaneOpen(true);
          whenDrawn(startNote);
        },
      },
      preview: {
        label: status === "resolved" ? "View the resolution note" : "Preview the resolution note",
        keywords: "resolve close post",
        icon: FileText,
        run: () => openNote("resolution_note"),
      },
      escalate: {
        label: "Escalate…",
        keywords: "hand over package",
        icon: ArrowUpRight,
        run: () => escalate(fix, "header"),
      },
      pause: { label: "Pause the session", icon: Pause, run: () => lifecycle("pause") },
      resume: { label: "Resume the session", icon: Play, run: () => lifecycle("resume") },
      shareUpdate: {
        label: "Share an update on the ticket…",
        keywords: "client internal interim",
        icon: Share2,
        run: () => openDialog("shareUpdate"),
      },
      linkTicket: {
        label: hasTicket ? "Change the ticket…" : "Link a ticket…",
        keywords: "link ticket psa",
        icon: Ticket,
        run: () => openDialog("linkTicket"),
      },
      shareLink: {
        label: "Share a read-only link…",
        keywords: "copy address",
        icon: Link2,
        run: () => openDialog("shareLink"),
      },
      spinOff: {
        label: "Spin off a ticket…",
        keywords: "second new ticket",
        icon: TicketPlus,
        run: () => openDialog("spinOff"),
      },
      abandon: {
        label: "Abandon the session…",
        keywords: "cancel discard",
        icon: Trash2,
        run: () => openDialog("abandon"),
      },
    };
    return possibleCommands(status, { hasTicket, hasFix: fix != null }).map((name) => ({
      ...all[name],
      id: `${id}.${name}`,
      group,
    }));
  }, [id, status, hasTicket, fix, openNote, escalate, openDialog, setLaneOpen, change]);
  usePaletteCommands(commands);
  return null;
});
