import type { ComponentType, RefObject } from "react";
import type { SessionDetail } from "@/api/generated";
import { useSurfaces, type SessionDialog } from "../surfaces";
import { AbandonDialog } from "./AbandonDialog";
import { LinkTicketDialog } from "./LinkTicketDialog";
import { ShareLinkDialog } from "./ShareLinkDialog";
import { ShareUpdateDialog } from "./ShareUpdateDialog";
import { SpinOffDialog } from "./SpinOffDialog";

export interface DialogProps {
  detail: SessionDetail;
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

const dialogs: Record<SessionDialog, ComponentType<DialogProps>> = {
  abandon: AbandonDialog,
  linkTicket: LinkTicketDialog,
  shareLink: ShareLinkDialog,
  shareUpdate: ShareUpdateDialog,
  spinOff: SpinOffDialog,
};

/** What the header opened. */
export default function SessionDialogs({
  dialog,
  detail,
  anchor,
}: Omit<DialogProps, "onClose"> & { dialog: SessionDialog }) {
  const closeDialog = useSurfaces((surfaces) => surfaces.closeDialog);
  const Dialog = dialogs[dialog];
  return <Dialog detail={detail} anchor={anchor} onClose={closeDialog} />;
}
