import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import type { TicketDetail, TicketPart } from "@/api/generated";
import { getTicketOptions } from "@/api/generated/@tanstack/react-query.gen";
import { fullTime } from "@/shared/lib/days";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import type { LinkedTicket } from "../model/linkedTicket";
import { toQuote } from "./pastes";

interface Props {
  ticket: LinkedTicket;
  onInsert: (part: string) => void;
}

/** Read when it is opened, so that it is what the ticketing system says now. */
export function TicketDetails({ ticket, onInsert }: Props) {
  const query = useQuery(
    getTicketOptions({ path: { ticket_id: ticket.id }, query: { connection_id: ticket.connectionId } }),
  );
  const body = useRef<HTMLDivElement>(null);
  const selected = useSelection(body);
  const insert = (text: string) => onInsert(toQuote(text));

  return (
    <>
      <div
        ref={body}
        tabIndex={0}
        role="region"
        aria-label="Ticket"
        className="min-h-0 flex-1 overflow-y-auto px-3.5 py-3"
      >
        {query.isPending && <SkeletonRows rows={4} label="Loading the ticket" className="h-10" />}
        {query.isError && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
        )}
        {query.data && <Details ticket={query.data.ticket} onInsert={insert} />}
      </div>
      {selected !== "" && (
        <div className="border-t border-line px-3.5 py-2">
          {/* Pressing it must not take the selection away first. */}
          <Button size="sm" onMouseDown={(event) => event.preventDefault()} onClick={() => insert(selected)}>
            Insert the selection into the message
          </Button>
        </div>
      )}
    </>
  );
}

function Details({ ticket, onInsert }: { ticket: TicketDetail; onInsert: (text: string) => void }) {
  const { notes = [], configurations = [], related = [], unread = [] } = ticket;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="font-mono text-[12px] text-muted-fg">#{ticket.id}</p>
        <p className="font-medium break-words text-heading">{ticket.summary}</p>
        <p className="text-[12.5px] text-muted-fg">
          {[ticket.company, ticket.contact, ticket.priority, ticket.status].filter(Boolean).join(" · ")}
        </p>
      </div>
      <Section title="Description" empty="The ticket has no description.">
        {ticket.description && <Quotable text={ticket.description} label="description" onInsert={onInsert} />}
      </Section>
      <Section title="Notes" empty="No notes." unread={isUnread("notes", unread)}>
        {notes.map((note) => (
          <Quotable
            key={note.id}
            text={note.text}
            label="note"
            head={[note.author, note.created_at && fullTime(note.created_at)].filter(Boolean).join(" · ")}
            onInsert={onInsert}
          />
        ))}
      </Section>
      <Section title="Configurations" empty="No configurations." unread={isUnread("configurations", unread)}>
        {configurations.map((one) => (
          <p key={one.id} className="break-words">
            {one.name}
            {one.type && <span className="text-muted-fg"> · {one.type}</span>}
            {one.details && <span className="block text-[12.5px] text-muted-fg">{one.details}</span>}
          </p>
        ))}
      </Section>
      <Section title="Related tickets" empty="No related tickets." unread={isUnread("related", unread)}>
        {related.map((one) => (
          <p key={one.id} className="break-words">
            <span className="font-mono text-[12px] text-muted-fg">#{one.id}</span> {one.summary}
            {one.status && <span className="text-muted-fg"> · {one.status}</span>}
          </p>
        ))}
      </Section>
    </div>
  );
}

interface SectionProps {
  title: string;
  empty: string;
  /** The ticketing system did not answer for this part. */
  unread?: boolean;
  children: ReactNode;
}

function Section({ title, empty, unread = false, children }: SectionProps) {
  const nothing = !children || (Array.isArray(children) && children.length === 0);
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="label-caps font-sans text-muted-fg">{title}</h3>
      {unread && <p className="text-warning">The ticketing system did not answer for this part.</p>}
      {!unread && nothing ? <p className="text-muted-fg">{empty}</p> : children}
    </section>
  );
}

interface QuotableProps {
  text: string;
  label: string;
  head?: string;
  onInsert: (text: string) => void;
}

function Quotable({ text, label, head, onInsert }: QuotableProps) {
  return (
    <div className="rounded-control border border-line px-2.5 py-2">
      {head && <p className="text-[12px] text-muted-fg">{head}</p>}
      <p className="break-words whitespace-pre-wrap">{text}</p>
      <Button size="sm" tone="ghost" className="-ml-2.5" onClick={() => onInsert(text)}>
        Insert the {label} into the message
      </Button>
    </div>
  );
}

function isUnread(part: TicketPart, unread: TicketPart[]): boolean {
  return unread.includes(part);
}

/** The text selected inside of an element. */
function useSelection(within: RefObject<HTMLElement | null>): string {
  const [text, setText] = useState("");
  useEffect(() => {
    const read = () => {
      const selection = document.getSelection();
      const inside = selection?.anchorNode && within.current?.contains(selection.anchorNode);
      setText(inside ? selection.toString().trim() : "");
    };
    document.addEventListener("selectionchange", read);
    return () => document.removeEventListener("selectionchange", read);
  }, [within]);
  return text;
}
