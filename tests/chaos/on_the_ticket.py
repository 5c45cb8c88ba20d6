"""Notes, time, status and second tickets: what was acknowledged against what the ticketing system has."""

from __future__ import annotations

from tests.chaos.findings import Found, Wrong, told
from tests.chaos.ledger import Case, Entry, Kind, Ledger
from tests.chaos.records import Records, Row

_ENDINGS = {Kind.RESOLVE: "resolution_note", Kind.ESCALATE: "escalation_package"}


def on_the_ticket(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Notes, time and second tickets: once where they were said to be there, never twice."""
    attempts = records.of("writebacks", case.id)
    second = records.of("second_tickets", case.id)
    for mark in dict.fromkeys(one.mark for one in commands if one.kind in (Kind.UPDATE, *_ENDINGS)):
        own = [row for row in attempts if mark in row["markdown"]]
        done = any(row["state"] == "done" for row in own)
        if not own and any(one.acknowledged for one in commands if one.mark == mark):
            yield Wrong.LOST, f"no attempt to write {mark} is recorded"
        count = len(records.notes_with(mark))
        if case.ticket is not None and (count > 1 or (done and count == 0)):
            wrong = Wrong.DUPLICATED if count else Wrong.LOST
            yield wrong, f"{count} notes with {mark}; attempts: {_attempts(own)}"
    done_kinds = {row["kind"] for row in attempts if row["state"] == "done"}
    if case.ended_at is not None and _ENDINGS[Kind.RESOLVE] not in done_kinds:
        yield (
            Wrong.LOST,
            f"it was resolved for its engineer, without a note that is done: {_attempts(attempts)}",
        )
    picked_up = any(one.acknowledged and one.kind is Kind.PICK_UP for one in commands)
    if picked_up and _ENDINGS[Kind.ESCALATE] not in done_kinds:
        yield Wrong.LOST, f"it was picked up, without a package that is done: {_attempts(attempts)}"
    for entry in commands:
        if entry.kind is not Kind.SECOND_TICKET:
            continue
        count = len(records.tickets_with(entry.mark))
        states = [row["state"] for row in second if entry.mark in row["summary"]]
        if entry.acknowledged and not states:
            yield Wrong.LOST, f"{told(entry)} has left no row"
        if count > 1:
            yield Wrong.DUPLICATED, f"{told(entry)} made {count} tickets"
        if count == 0 and "done" in states:
            yield Wrong.LOST, f"{told(entry)} is done, and there is no ticket"
        if count == 1 and states and set(states) == {"failed"}:
            yield Wrong.CONTRADICTED, f"{told(entry)} is said to have failed, and the ticket is there"
    if case.ticket is not None:
        yield from _time(case, commands, attempts, records)
        yield from _status(case.ticket, attempts, records)


def _time(case: Case, commands: list[Entry], attempts: list[Row], records: Records) -> Found:
    """As many entries as endings that wanted one; fewer only where the attempt says why."""
    assert case.ticket is not None
    ended = {
        kind
        for kind, name in _ENDINGS.items()
        if any(row["kind"] == name and row["state"] == "done" for row in attempts)
    }
    wanted = {one.kind for one in commands if one.kind in ended and one.detail != "0"}
    on_ticket = {str(entry["id"]) for entry in records.time_on(case.ticket)}
    recorded = {row["time_entry_id"] for row in attempts} - {None}
    if gone := recorded - on_ticket:
        yield Wrong.LOST, f"time entries {gone} are not on ticket {case.ticket}: {_attempts(attempts)}"
    there = len(records.time_on(case.ticket))
    refused = sum(row["time_error_code"] is not None for row in attempts)
    if there > len(wanted):
        yield (
            Wrong.DUPLICATED,
            f"{there} time entries for {len(wanted)} on ticket {case.ticket}: {_attempts(attempts)}",
        )
    if there + refused < len(wanted):
        yield (
            Wrong.LOST,
            f"{there} time entries for {len(wanted)} on ticket {case.ticket}: {_attempts(attempts)}",
        )


def _status(ticket: str, attempts: list[Row], records: Records) -> Found:
    """The ticket has the status that the last attempt was seen to end with."""
    if not attempts or attempts[-1]["state"] != "done" or attempts[-1]["observed_status_id"] is None:
        return
    said = attempts[-1]["observed_status_id"]
    for there in (one["status"]["id"] for one in records.tickets if str(one["id"]) == ticket):
        if there != said:
            yield Wrong.CONTRADICTED, f"ticket {ticket} has status {there}, and is said to have {said}"


def _attempts(rows: list[Row]) -> str:
    return "; ".join(
        f"{row['number']} {row['kind']} {row['state']} at {row['step']}, note {row['note_id']}, "
        f"time {row['time_entry_id']}, {row['error_code'] or row['time_error_code'] or 'no error'}"
        for row in rows
    )
