"""Whether everything that is there at the end was asked for, and stands where it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.chaos.ledger import MARK, Case, Entry, Kind, Ledger
from tests.chaos.records import Records


def unasked(ledger: Ledger, records: Records, cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    """Pairs of a session, or nothing, and what is there that nobody has asked for in that place."""
    sent = {entry.mark: entry for entry in ledger.entries if entry.mark}
    for row in records.other_sessions:
        opened = [one for one in ledger.entries if one.kind is Kind.START and one.key == row["command_id"]]
        if not opened:
            yield row["id"], "nobody has opened it"
        elif opened[0].session:
            yield row["id"], f"it was opened by the command that has opened {opened[0].session} too"
    for case in cases:
        for table, by_session in records.tables.items():
            for mark in _marks(by_session.get(case.id, [])):
                if mark in sent and sent[mark].session not in ("", case.id):
                    yield case.id, f"{mark} of session {sent[mark].session} stands in its {table}"
    yield from _on_tickets(sent, records, cases)


def _on_tickets(sent: dict[str, Entry], records: Records, cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    tickets = {case.ticket for case in cases}
    for note in records.new_notes:
        asked = [sent[mark] for mark in _marks(note["text"]) if mark in sent]
        if not asked:
            yield "", f"nobody has written note {note['id']} on ticket {note['ticketId']}"
        for entry in asked:
            if entry.kind is not Kind.SECOND_TICKET and entry.ticket != str(note["ticketId"]):
                place = f"ticket {note['ticketId']}, and was written for {entry.ticket}"
                yield entry.session, f"note {note['id']} stands on {place}"
    for one in records.new_time_entries:
        if str(one["chargeToId"]) not in tickets:
            yield "", f"nobody has worked on ticket {one['chargeToId']} of time entry {one['id']}"
    for ticket in records.new_tickets:
        if not any(mark in sent for mark in _marks(ticket["summary"])):
            yield "", f"nobody has asked for ticket {ticket['id']}"


def _marks(content: object) -> list[str]:
    return MARK.findall(str(content))
