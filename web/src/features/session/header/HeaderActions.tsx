import { Pause, Play } from "lucide-react";
import type { ReactNode } from "react";
import type { SessionDetail } from "@/api/generated";
import { ActionMenu, type MenuAction } from "@/shared/ui/ActionMenu";
import { Button } from "@/shared/ui/Button";
import { EscalateButton } from "../escalate/EscalateButton";
import { headerActions, type HeaderAction } from "../model/headerActions";
import { useSurfaces, type NoteKind } from "../surfaces";
import { PickUpButton } from "./PickUpButton";
import type { HeaderCommands } from "./useHeaderCommands";

interface Props {
  detail: SessionDetail;
  width: number;
  commands: HeaderCommands;
}

/** What can be done with the session as a whole. */
export function HeaderActions({ detail, width, commands }: Props) {
  const { session } = detail;
  const { lifecycle, reopen, pickUp } = commands;
  const note = useSurfaces((surfaces) => surfaces.note);
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const closeNote = useSurfaces((surfaces) => surfaces.closeNote);
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  const { shown, more } = headerActions(session.status, width);
  const toggleNote = (kind: NoteKind) => () => (note === kind ? closeNote() : openNote(kind));
  const pauseOrResume = session.status === "paused" ? "resume" : "pause";

  const buttons: Partial<Record<HeaderAction, ReactNode>> = {
    pause: (
      <Button tone="ghost" busy={lifecycle.isPending} onClick={() => lifecycle.mutate("pause")}>
        {!lifecycle.isPending && <Pause aria-hidden className="size-3.5" />}
        Pause
      </Button>
    ),
    resume: (
      <Button tone="ghost" busy={lifecycle.isPending} onClick={() => lifecycle.mutate("resume")}>
        {!lifecycle.isPending && <Play aria-hidden className="size-3.5" />}
        Resume
      </Button>
    ),
    shareUpdate: (
      <Button tone="ghost" onClick={() => openDialog("shareUpdate")}>
        Share update
      </Button>
    ),
    escalate: <EscalateButton detail={detail} place="header" />,
    resolve: (
      <Button tone="success" onClick={toggleNote("resolution_note")}>
        Resolve
      </Button>
    ),
    pickUp: <PickUpButton main pickUp={pickUp} />,
    reopen: (
      <Button tone="ghost" busy={reopen.isPending} onClick={() => reopen.mutate()}>
        Reopen
      </Button>
    ),
    viewNote: <Button onClick={toggleNote("resolution_note")}>View the note</Button>,
  };

  const items: Partial<Record<HeaderAction, MenuAction>> = {
    pause: { label: "Pause", run: () => lifecycle.mutate(pauseOrResume) },
    resume: { label: "Resume", run: () => lifecycle.mutate(pauseOrResume) },
    shareUpdate: { label: "Share update…", run: () => openDialog("shareUpdate") },
    viewPackage: { label: "View the package", run: toggleNote("escalation_package") },
    linkTicket: {
      label: session.psa_ticket_id ? "Change the ticket…" : "Link a ticket…",
      run: () => openDialog("linkTicket"),
    },
    shareLink: { label: "Share link…", run: () => openDialog("shareLink") },
    spinOff: { label: "Spin off a ticket…", run: () => openDialog("spinOff") },
    abandon: { label: "Abandon the session…", run: () => openDialog("abandon"), danger: true },
  };

  return (
    <>
      {shown.map((action) => (
        <span key={action} className="contents">
          {buttons[action]}
        </span>
      ))}
      <ActionMenu label="More actions" items={more.flatMap((action) => items[action] ?? [])} />
    </>
  );
}
