import { Menu } from "@base-ui/react/menu";
import { Ellipsis, Pause, Play } from "lucide-react";
import type { Ref } from "react";
import type { SessionDetail } from "@/api/generated";
import { Button, IconButton } from "@/shared/ui/Button";
import { MenuItem, MenuPopup } from "@/shared/ui/Menu";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { classes } from "@/shared/lib/classes";
import { useLifecycle } from "../commands/lifecycle";
import { isClosed, sessionStatusDot, sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { PresenceBadge } from "../presence/PresenceBadge";
import { useSurfaces } from "../surfaces";
import { AbandonForm } from "./AbandonForm";

interface Props {
  detail: SessionDetail;
  /** The note preview hangs from the actions: they stay when the session is resolved and its buttons change. */
  actionsRef: Ref<HTMLDivElement>;
}

/** Which incident this is, and what can be done with the session as a whole. */
export function IncidentHeader({ detail, actionsRef }: Props) {
  const { session } = detail;
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const note = useSurfaces((surfaces) => surfaces.note);
  const closeNote = useSurfaces((surfaces) => surfaces.closeNote);
  const dialog = useSurfaces((surfaces) => surfaces.dialog);
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  const closeDialog = useSurfaces((surfaces) => surfaces.closeDialog);
  const lifecycle = useLifecycle(session.id);
  const { ticket } = session;
  const paused = session.status === "paused";
  const closed = isClosed(session.status);
  const onResolve = () => (note ? closeNote() : openNote("resolution_note"));
  const parties = [ticket?.client, ticket?.contact, ticket?.priority].filter(Boolean);

  return (
    <header className="shrink-0 border-b border-line bg-page px-5 py-3 max-sm:px-3">
      <div>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-[12.5px] text-muted-fg">
          {session.psa_ticket_id && (
            <span className="rounded-control border border-line-hover bg-elevated px-1.5 font-mono text-[12px] text-heading">
              CW #{session.psa_ticket_id}
            </span>
          )}
          {parties.length > 0 && <span className="min-w-0 break-words">{parties.join(" · ")}</span>}
          <span className="flex items-center gap-1.5">
            <span
              aria-hidden
              className={classes("size-1.5 rounded-full", sessionStatusDot(session.status))}
            />
            {sessionStatusLabel(session.status)}
          </span>
          <PresenceBadge sessionId={session.id} />
        </p>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1
            className="line-clamp-2 min-w-[200px] flex-1 text-[19px] leading-snug break-words"
            title={session.title}
          >
            {session.title}
          </h1>
          <div ref={actionsRef} className="flex items-center gap-2">
            {!closed && (
              <>
                <Button
                  tone="ghost"
                  busy={lifecycle.isPending}
                  onClick={() => lifecycle.mutate(paused ? "resume" : "pause")}
                  disabled={session.status === "requesting_escalation"}
                >
                  {paused ? (
                    <Play aria-hidden className="size-3.5" />
                  ) : (
                    <Pause aria-hidden className="size-3.5" />
                  )}
                  {paused ? "Resume" : "Pause"}
                </Button>
                <Button tone="success" onClick={onResolve}>
                  Resolve
                </Button>
                <Menu.Root>
                  <Menu.Trigger render={<IconButton label="More actions" />}>
                    <Ellipsis aria-hidden className="size-4" />
                  </Menu.Trigger>
                  <MenuPopup>
                    <MenuItem danger onClick={() => openDialog("abandon")}>
                      Abandon the session…
                    </MenuItem>
                  </MenuPopup>
                </Menu.Root>
              </>
            )}
            {session.status === "resolved" && <Button onClick={onResolve}>View the note</Button>}
          </div>
        </div>
      </div>
      {dialog === "abandon" && !closed && <AbandonForm sessionId={session.id} onDone={closeDialog} />}
      {lifecycle.isError && <ProblemNotice error={lifecycle.error} className="mt-2" />}
    </header>
  );
}
