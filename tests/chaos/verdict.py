"""The ledger against the database, the tickets and the streams: what is lost, doubled, out of order or stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tests.chaos.client import PSA_VERDICTS
from tests.chaos.crossings import crossings
from tests.chaos.ledger import FINAL, Answer, Case, Entry, Kind, Ledger
from tests.chaos.records import Records, Row


class Wrong(StrEnum):
    """In which way something is not as it was acknowledged."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out of order"
    STUCK = "stuck"
    CROSSED = "cross-tenant"
    """One account saw, got or changed something of another one."""
    CONTRADICTED = "contradicted"
    """Done although it was refused, refused although nothing forbids it, or told otherwise than it is."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with what a person needs to find out why."""

    wrong: Wrong
    session: str
    what: str

    def __str__(self) -> str:
        return f"{self.wrong}: session {self.session or 'none'}: {self.what}"


_EXPECTED_REFUSALS = frozenset({409})
_MESSAGES = (Kind.MESSAGE, Kind.ANSWERS)
_ENDINGS = {Kind.RESOLVE: "resolution_note", Kind.ESCALATE: "escalation_package"}


def judge(ledger: Ledger, records: Records, cases: Sequence[Case]) -> list[Finding]:
    """Everything that is wrong; empty when the product kept all its promises."""
    findings = [Finding(Wrong.CROSSED, "", what) for what in crossings(ledger, records, cases)]
    opened = {case.id for case in cases}
    for entry in ledger.entries:
        if entry.session not in opened and entry.answer is Answer.REFUSED:
            findings.append(Finding(Wrong.CONTRADICTED, entry.session, f"{_told(entry)} was refused"))
    for case in cases:
        commands = ledger.of(case.id)
        for check in _CHECKS:
            findings += [
                Finding(wrong, case.id, what) for wrong, what in check(case, commands, ledger, records)
            ]
    return findings


Found = Iterator[tuple[Wrong, str]]
Check = Callable[[Case, list[Entry], Ledger, Records], Found]


def _once(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """What was acknowledged is recorded once, in the order it was sent; what was refused is not."""
    by_key: dict[str, list[int]] = {}
    for event in records.of("events", case.id):
        if event["command_id"] is not None:
            by_key.setdefault(event["command_id"], []).append(event["seq"])
    latest = -1
    for entry in commands:
        places = by_key.get(entry.key, [])
        if entry.acknowledged and not places:
            yield Wrong.LOST, f"{_told(entry)} is not recorded"
        if len(places) > 1:
            yield Wrong.DUPLICATED, f"{_told(entry)} is recorded {len(places)} times"
        if entry.answer is Answer.REFUSED and places:
            yield Wrong.CONTRADICTED, f"{_told(entry)} was refused, and is recorded as {places}"
        if entry.answer is Answer.REFUSED and entry.status not in _EXPECTED_REFUSALS:
            yield Wrong.CONTRADICTED, f"{_told(entry)} was refused without a rule that says so"
        if places and places[0] < latest:
            yield Wrong.OUT_OF_ORDER, f"{_told(entry)} is number {places[0]}, one sent before it {latest}"
        latest = max([latest, *places])


def _conversation(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Every message once; every reply that was given once."""
    messages = records.of("messages", case.id)
    said = [f"{one['text']} {one['answers'] or ''}" for one in messages if one["role"] == "engineer"]
    for entry in commands:
        if entry.kind in _MESSAGES:
            yield from _count(entry, sum(entry.mark in text for text in said), "messages")
    replies = Counter(str(one["turn_id"]) for one in messages if one["role"] == "pilot")
    for turn in records.of("turns", case.id):
        count = replies[str(turn["id"])]
        if turn["state"] == "done" and count == 0:
            yield Wrong.LOST, f"turn {turn['id']} is done and has no reply"
        if count > 1:
            yield Wrong.DUPLICATED, f"turn {turn['id']} has {count} replies"


def _as_shown(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """The api shows what was said and found out once, in the order in which it was said."""
    session = records.shown[case.id]
    said = [str(one) for one in session["messages"] if one["role"] == "engineer"]
    facts = [str(one) for one in session["facts"]]
    latest = -1
    for entry in commands:
        if entry.kind is Kind.FACT:
            yield from _count(entry, sum(entry.mark in text for text in facts), "facts shown")
        elif entry.kind in _MESSAGES:
            places = [place for place, text in enumerate(said) if entry.mark in text]
            yield from _count(entry, len(places), "messages shown")
            if places and places[0] < latest:
                yield Wrong.OUT_OF_ORDER, f"{_told(entry)} is shown before one that was sent earlier"
            latest = max([latest, *places])


def _findings_of_the_session(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Facts once; fixes as they were judged."""
    texts = [row["text"] for row in records.of("facts", case.id)]
    fixes = {str(row["id"]): row for row in records.of("fixes", case.id)}
    for entry in commands:
        if entry.kind is Kind.FACT:
            yield from _count(entry, sum(entry.mark in text for text in texts), "facts")
        if entry.kind not in (Kind.APPLY, Kind.OUTCOME) or not entry.acknowledged:
            continue
        fix = fixes.get(entry.mark)
        if fix is None or fix["applied_at"] is None:
            yield Wrong.LOST, f"{_told(entry)}: the fix is {'gone' if fix is None else 'not applied'}"
        elif entry.detail in FINAL and fix["status"] != entry.detail:
            yield Wrong.LOST, f"{_told(entry)} said {entry.detail}, and the fix is {fix['status']}"


def _on_the_ticket(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Notes, time and second tickets: once where they were said to be there, never twice."""
    attempts = records.of("writebacks", case.id)
    second = records.of("second_tickets", case.id)
    for mark in dict.fromkeys(one.mark for one in commands if one.kind in (Kind.UPDATE, *_ENDINGS)):
        own = [row for row in attempts if mark in row["markdown"]]
        done = any(row["state"] == "done" for row in own)
        count = len(records.notes_with(mark))
        if case.ticket is not None and (count > 1 or (done and count == 0)):
            wrong = Wrong.DUPLICATED if count else Wrong.LOST
            yield wrong, f"{count} notes with {mark}; attempts: {_attempts(own)}"
    for entry in commands:
        if entry.kind is not Kind.SECOND_TICKET:
            continue
        count = len(records.tickets_with(entry.mark))
        states = [row["state"] for row in second if entry.mark in row["summary"]]
        if count > 1:
            yield Wrong.DUPLICATED, f"{_told(entry)} made {count} tickets"
        if count == 0 and "done" in states:
            yield Wrong.LOST, f"{_told(entry)} is done, and there is no ticket"
        if count == 1 and states and set(states) == {"failed"}:
            yield Wrong.CONTRADICTED, f"{_told(entry)} is said to have failed, and the ticket is there"
    if case.ticket is not None:
        yield from _time(case, commands, attempts, records)


def _time(case: Case, commands: list[Entry], attempts: list[Row], records: Records) -> Found:
    """As many entries as endings that wanted one; fewer only where the attempt says why."""
    assert case.ticket is not None
    ended = {
        kind
        for kind, name in _ENDINGS.items()
        if any(row["kind"] == name and row["state"] == "done" for row in attempts)
    }
    wanted = {one.kind for one in commands if one.kind in ended and one.detail != "0"}
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


def _stream(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """A page that came back after each break was shown every event, once and in order."""
    written = {row["seq"]: row["type"] for row in records.of("events", case.id)}
    seen = ledger.streams.get(case.id, [])
    counted = Counter(event.seq for event in seen)
    if missing := sorted(set(written) - set(counted)):
        yield (
            Wrong.LOST,
            f"{len(missing)} events never came over the stream, the first is {missing[0]} of {max(written)}",
        )
    if twice := [seq for seq, count in counted.items() if count > 1]:
        yield Wrong.DUPLICATED, f"{len(twice)} events came twice over the stream, the first is {min(twice)}"
    for before, event in pairwise(seen):
        if event.seq < before.seq:
            yield Wrong.OUT_OF_ORDER, f"event {event.seq} came over the stream after {before.seq}"
    for event in seen:
        if written.get(event.seq) != event.type:
            yield (
                Wrong.CONTRADICTED,
                f"event {event.seq} came as {event.type}, and is {written.get(event.seq)}",
            )


def _ended(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Nothing is still under way, and the engineer got to the end."""
    for message in records.of("messages", case.id):
        if message["turn_state"] in ("queued", "running"):
            yield Wrong.STUCK, f"message {message['seq']} is {message['turn_state']}"
    for row in [*records.of("writebacks", case.id), *records.of("second_tickets", case.id)]:
        if row["state"] == "running":
            yield (
                Wrong.STUCK,
                f"{row.get('kind', 'second ticket')} is running at {row.get('step', 'its only step')}",
            )
    status = [row["status"] for row in records.of("sessions", case.id)]
    if not status:
        yield Wrong.LOST, "there is no such session"
    if case.ended_at is None:
        waiting = [_told(one) for one in commands if one.answer is Answer.UNANSWERED]
        yield Wrong.STUCK, f"its engineer is at '{case.last_command}', status {status}, unanswered: {waiting}"
    elif status != ["resolved"]:
        yield Wrong.CONTRADICTED, f"it was resolved for its engineer, and is {status}"


_CHECKS: tuple[Check, ...] = (
    _once,
    _conversation,
    _as_shown,
    _findings_of_the_session,
    _on_the_ticket,
    _stream,
    _ended,
)


def _count(entry: Entry, count: int, what: str) -> Found:
    if entry.acknowledged and count == 0:
        yield Wrong.LOST, f"{_told(entry)}: no {what} with it"
    if count > 1:
        yield Wrong.DUPLICATED, f"{_told(entry)}: {count} {what} with it"
    if entry.answer is Answer.REFUSED and count and entry.code not in PSA_VERDICTS:
        yield Wrong.CONTRADICTED, f"{_told(entry)} was refused, and {what} have it"


def _told(entry: Entry) -> str:
    unsure = ", ".join(f"{count} × {code}" for code, count in entry.unsure.items())
    answer = f"{entry.status} {entry.code or ''}".strip() if entry.status else "no answer"
    return (
        f"'{entry.kind}' (key {entry.key}, mark {entry.mark}, sent {entry.sent_at:.1f}, {answer}"
        f"{f' after {unsure}' if unsure else ''})"
    )


def _attempts(rows: list[Row]) -> str:
    return "; ".join(
        f"{row['number']} {row['kind']} {row['state']} at {row['step']}, note {row['note_id']}, "
        f"time {row['time_entry_id']}, {row['error_code'] or row['time_error_code'] or 'no error'}"
        for row in rows
    )
