import { Popover } from "@base-ui/react/popover";
import { X } from "lucide-react";
import type { RefObject } from "react";
import { IconButton } from "@/shared/ui/Button";
import type { LinkedTicket } from "../model/linkedTicket";
import { TicketDetails } from "./TicketDetails";

interface Props {
  ticket: LinkedTicket;
  anchor: RefObject<HTMLElement | null>;
  onInsert: (part: string) => void;
  onClose: () => void;
}

/** Not a modal: the ticket is read while the message is written. */
export default function TicketPanel({ ticket, anchor, onInsert, onClose }: Props) {
  return (
    <Popover.Root
      open
      onOpenChange={(next, details) => {
        if (!next && details.reason !== "outside-press" && details.reason !== "focus-out") onClose();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          className="z-40"
        >
          <Popover.Popup
            finalFocus={anchor}
            className="flex max-h-[min(560px,var(--available-height))] w-[min(460px,calc(100vw-16px))] flex-col rounded-card border border-line-hover bg-card shadow-float outline-none"
          >
            <div className="flex items-center justify-between border-b border-line py-1.5 pr-1.5 pl-3.5">
              <Popover.Title className="font-sans text-[14px] font-medium">Ticket context</Popover.Title>
              <Popover.Close render={<IconButton label="Close the ticket" className="size-7" />}>
                <X aria-hidden className="size-3.5" />
              </Popover.Close>
            </div>
            <TicketDetails ticket={ticket} onInsert={onInsert} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
