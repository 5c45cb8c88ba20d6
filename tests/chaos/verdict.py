"""The ledger against the database, the tickets and the streams: what is lost, doubled, out of order or stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from tests.chaos.client import PSA_VERDICTS
from tests.chaos.crossings import crossings
from tests.chaos.findings import Finding, Found, Wrong, told
from tests.chaos.ledger import FINAL, Answer, Case, Entry, Kind, Ledger, digest
from tests.chaos.on_the_ticket import on_the_ticket
from tests.chaos.records import Records
from tests.chaos.unasked import unasked

_EXPECTED_REFUSALS = frozenset({409})
_NEVER_REFUSED = (Kind.UPDATE, Kind.SECOND_TICKET)
"""Nothing that an engineer of ours does stands against them."""


def judge(ledger: Ledger, records: Records, cases: Sequence[Case]) -> list[Finding]:
    """Everything that is wrong; empty when the product kept all its promises."""
    findings = [Finding(Wrong.CROSSED, "", what) for what in crossings(ledger, records, cases)]
    findings += [Finding(Wrong.UNASKED, *where) for where in unasked(ledger, records, cases)]
    findings += [
        Finding(Wrong.CONTRADICTED, entry.session, f"{told(entry)}, repeated in the end, was answered {what}")
        for entry, what in ledger.told_otherwise
    ]
    findings += [Finding(Wrong.CONTRADICTED, "", what) for what in ledger.defects]
    opened = {case.id for case in cases}
    for entry in ledger.entries:
        if entry.session not in opened and entry.answer is Answer.REFUSED:
            findings.append(Finding(Wrong.CONTRADICTED, entry.session, f"{told(entry)} was refused"))
        if entry.kind is Kind.START and entry.answer is Answer.UNANSWERED:
            findings.append(Finding(Wrong.STUCK, entry.session, f"{told(entry)} has opened nothing"))
    for case in cases:
        commands = ledger.of(case.id)
        for check in _CHECKS:
            findings += [
                Finding(wrong, case.id, what) for wrong, what in check(case, commands, ledger, records)
            ]
    return findings


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
            yield Wrong.LOST, f"{told(entry)} is not recorded"
        if len(places) > 1:
            yield Wrong.DUPLICATED, f"{told(entry)} is recorded {len(places)} times"
        if entry.answer is Answer.REFUSED and places:
            yield Wrong.CONTRADICTED, f"{told(entry)} was refused, and is recorded as {places}"
        if entry.answer is Answer.REFUSED and not _may_be_refused(entry):
            yield Wrong.CONTRADICTED, f"{told(entry)} was refused without a rule that says so"
        if places and places[0] < latest:
            yield Wrong.OUT_OF_ORDER, f"{told(entry)} is number {places[0]}, one sent before it {latest}"
        latest = max([latest, *places])


def _may_be_refused(entry: Entry) -> bool:
    """By a rule. What an update or a second ticket met in the ticketing system is looked at on the ticket."""
    if entry.kind in _NEVER_REFUSED:
        return entry.code in PSA_VERDICTS
    return entry.status in _EXPECTED_REFUSALS


def _says_something(entry: Entry) -> bool:
    """Whether there is a message of the engineer with its mark. A ticket alone is worked on without one."""
    return entry.kind in (Kind.MESSAGE, Kind.ANSWERS) or (entry.kind is Kind.START and entry.ticket is None)


def _opened(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """A session has the ticket that it was opened with."""
    for row in records.of("sessions", case.id):
        if row["psa_ticket_id"] != case.ticket:
            yield Wrong.LOST, f"it was opened with ticket {case.ticket}, and has {row['psa_ticket_id']}"


def _conversation(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Every message once; every reply that was given once."""
    messages = records.of("messages", case.id)
    said = [f"{one['text']} {one['answers'] or ''}" for one in messages if one["role"] == "engineer"]
    for entry in commands:
        if _says_something(entry):
            yield from _count(entry, sum(entry.mark in text for text in said), "messages")
    replies = Counter(str(one["turn_id"]) for one in messages if one["role"] == "pilot")
    for one in messages:
        if one["role"] == "engineer" and one["turn_state"] is None:
            yield Wrong.LOST, f"the pilot was never asked message {one['seq']}"
        if one["turn_state"] == "done" and not replies[str(one["turn_id"])]:
            yield Wrong.LOST, f"message {one['seq']} is answered, and there is no reply"
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
    yield from _facts(commands, facts, "facts shown")
    for entry in commands:
        if _says_something(entry):
            places = [place for place, text in enumerate(said) if entry.mark in text]
            yield from _count(entry, len(places), "messages shown")
            if places and places[0] < latest:
                yield Wrong.OUT_OF_ORDER, f"{told(entry)} is shown before one that was sent earlier"
            latest = max([latest, *places])


def _facts(commands: list[Entry], texts: list[str], what: str) -> Found:
    """Each once, in its last words; none that was deleted."""
    changes = [one for one in commands if one.kind in (Kind.CORRECT, Kind.DELETE)]
    for entry in commands:
        if entry.kind not in (Kind.FACT, Kind.CORRECT):
            continue
        count = sum(entry.mark in text for text in texts)
        changed = [one for one in changes if one.detail == entry.mark and one.answer is not Answer.REFUSED]
        if not changed:
            yield from _count(entry, count, what)
        elif count > 1:
            yield Wrong.DUPLICATED, f"{told(entry)}: {count} {what} with it"
        elif count and changed[0].acknowledged:
            yield Wrong.LOST, f"{told(changed[0])} has changed nothing: {what} still have {entry.mark}"


def _findings_of_the_session(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """Facts once; fixes as they were judged."""
    texts = [row["text"] for row in records.of("facts", case.id)]
    fixes = {str(row["id"]): row for row in records.of("fixes", case.id)}
    judged: set[str] = set()  # as far as their engineer knows
    yield from _facts(commands, texts, "facts")
    for entry in commands:
        if entry.kind not in (Kind.APPLY, Kind.OUTCOME):
            continue
        fix = fixes.get(entry.mark)
        replaced = fix is not None and (fix["superseded_at"] is not None or fix["status"] == "dismissed")
        if entry.answer is Answer.REFUSED and entry.mark not in judged and not replaced:
            yield Wrong.CONTRADICTED, f"{told(entry)} was refused, and nobody has judged or replaced the fix"
        if entry.detail in FINAL and entry.answer is not Answer.REFUSED:
            judged.add(entry.mark)
        if not entry.acknowledged:
            continue
        if fix is None or fix["applied_at"] is None:
            yield Wrong.LOST, f"{told(entry)}: the fix is {'gone' if fix is None else 'not applied'}"
        elif entry.detail in FINAL and fix["status"] != entry.detail:
            yield Wrong.LOST, f"{told(entry)} said {entry.detail}, and the fix is {fix['status']}"


def _stream(case: Case, commands: list[Entry], ledger: Ledger, records: Records) -> Found:
    """A page that came back after each break was shown every event, once and in order."""
    events = records.of("events", case.id)
    written = {row["seq"]: row["type"] for row in events}
    content = {row["seq"]: digest(row["payload"]) for row in events}
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
        elif event.content != content[event.seq]:
            yield Wrong.CONTRADICTED, f"event {event.seq}, {event.type}, came with another content"


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
        waiting = [told(one) for one in commands if one.answer is Answer.UNANSWERED]
        yield Wrong.STUCK, f"its engineer is at '{case.last_command}', status {status}, unanswered: {waiting}"
    elif status != ["resolved"]:
        yield Wrong.CONTRADICTED, f"it was resolved for its engineer, and is {status}"


_CHECKS: tuple[Check, ...] = (
    _once,
    _opened,
    _conversation,
    _as_shown,
    _findings_of_the_session,
    on_the_ticket,
    _stream,
    _ended,
)


def _count(entry: Entry, count: int, what: str) -> Found:
    if entry.acknowledged and count == 0:
        yield Wrong.LOST, f"{told(entry)}: no {what} with it"
    if count > 1:
        yield Wrong.DUPLICATED, f"{told(entry)}: {count} {what} with it"
    if entry.answer is Answer.REFUSED and count and entry.code not in PSA_VERDICTS:
        yield Wrong.CONTRADICTED, f"{told(entry)} was refused, and {what} have it"
