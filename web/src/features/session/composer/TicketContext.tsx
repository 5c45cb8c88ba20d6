import { Ticket } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { Button } from "@/shared/ui/Button";
import type { LinkedTicket } from "../model/linkedTicket";

const TicketPanel = lazy(() => import("./TicketPanel"));

interface Props {
  ticket: LinkedTicket;
  /** Puts a part into the message. */
  onInsert: (part: string) => void;
}

/** What the ticketing system knows of the ticket, beside the message that is being written. */
export function TicketContext({ ticket, onInsert }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button
        ref={button}
        tone="ghost"
        size="sm"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="max-sm:px-2"
      >
        <Ticket aria-hidden className="size-3.5" />
        Ticket<span className="max-sm:sr-only"> context</span>
      </Button>
      {open && (
        <Suspense>
          <TicketPanel ticket={ticket} anchor={button} onInsert={onInsert} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
