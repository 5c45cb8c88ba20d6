"""The verdict finds each thing that can be wrong, and nothing in a run in which all went well."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.chaos.client import Json
from tests.chaos.findings import Wrong
from tests.chaos.ledger import Answer, Case, Entry, Kind, Ledger, Seen, digest
from tests.chaos.records import Before, Records, Row
from tests.chaos.verdict import judge

SESSION, TICKET, TURN, FIX = "session-1", "48200", "turn-1", "fix-1"
SEEDED = "48100"
OURS, THEIRS = "our account", "their account"


class World:
    """A case that was worked from beginning to end, as its clients know it and as it is stored."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.case = Case(SESSION, TICKET, OURS, ended_at=100.0)
        self.foreign = f"mark-{uuid4().hex}"
        self.ledger.owners[self.foreign] = THEIRS
        self.mixed: list[str] = []
        self.events: list[Row] = []
        self.start = self.did(Kind.START)
        self.say = self.did(Kind.MESSAGE)
        self.fact = self.did(Kind.FACT)
        self.outcome = self.did(Kind.OUTCOME, mark=FIX, detail="applied_success")
        self.update = self.did(Kind.UPDATE)
        self.second = self.did(Kind.SECOND_TICKET)
        self.resolve = self.did(Kind.RESOLVE)
        self.message: Row = {
            "id": "m1", "seq": 1, "role": "engineer", "text": f"Hm. {self.say.mark}", "answers": None,
            "turn_id": TURN, "turn_state": "done",
        }  # fmt: skip
        self.reply = self.message | {
            "id": "m2",
            "seq": 9,
            "role": "pilot",
            "text": "Well.",
            "turn_state": None,
        }
        self.writeback: Row = {
            "number": 1, "kind": "resolution_note", "ticket_id": TICKET, "markdown": f"Note {self.resolve.mark}",
            "state": "done", "step": "record", "note_id": "7", "time_entry_id": "8", "time_error_code": None,
            "error_code": None, "observed_status_id": 5,
        }  # fmt: skip
        self.shared: Row = self.writeback | {
            "kind": "update_client", "markdown": f"Soon. {self.update.mark}", "note_id": "6", "time_entry_id": None,
            "observed_status_id": 2,
        }  # fmt: skip
        self.second_row: Row = {
            "summary": f"Second {self.second.mark}", "state": "done", "ticket_id": "9", "error_code": None,
        }  # fmt: skip
        self.tables: dict[str, list[Row]] = {
            "sessions": [{"account_id": "1", "status": "resolved", "psa_ticket_id": TICKET}],
            "events": self.events,
            "messages": [self.message, self.reply],
            "turns": [{"id": TURN, "state": "done", "provider": "playbook"}],
            "facts": [{"text": f"It is on, {self.fact.mark}."}],
            "fixes": [{"id": FIX, "status": "applied_success", "applied_at": 1, "superseded_at": None}],
            "writebacks": [self.shared, self.writeback],
            "second_tickets": [self.second_row],
        }
        self.shown = {"messages": [dict(self.message), dict(self.reply)], "facts": list(self.tables["facts"])}
        self.notes: list[Json] = [
            {"id": 1, "ticketId": int(SEEDED), "text": "It is old."},
            {"id": 6, "ticketId": int(TICKET), "text": self.shared["markdown"]},
            {"id": 7, "ticketId": int(TICKET), "text": self.writeback["markdown"]},
        ]
        self.time_entries: list[Json] = [{"id": 8, "chargeToId": int(TICKET)}]
        self.tickets: list[Json] = [
            {"id": int(SEEDED), "summary": "It is old.", "status": {"id": 1}},
            {"id": int(TICKET), "summary": "It is slow.", "status": {"id": 5}},
            {"id": 9, "summary": self.second_row["summary"], "status": {"id": 1}},
        ]
        self.other_sessions: list[Row] = []

    def did(self, kind: Kind, *, mark: str = "", detail: str = "") -> Entry:
        number = len(self.events) + 1
        entry = Entry(SESSION, kind, f"key-{number}", mark or f"mark-{uuid4().hex}", number, TICKET, detail)
        self.ledger.owners[entry.mark] = OURS
        self.ledger.sending(entry)
        self.ledger.answered(entry, Answer.ACKNOWLEDGED, 200, None)
        payload = f'{{"number":{number}, "of": "{SESSION}"}}'
        self.events.append({"seq": number, "type": "some.event", "command_id": entry.key, "payload": payload})
        self.ledger.saw(
            SESSION,
            Seen(number, "some.event", number, digest(f'{{"of":"{SESSION}","number": {number}}}')),
        )
        return entry

    @property
    def outcome_event(self) -> Row:
        return next(event for event in self.events if event["command_id"] == self.outcome.key)

    def forget_facts(self) -> None:
        self.tables["facts"].clear()
        self.shown["facts"].clear()

    @property
    def seen(self) -> list[Seen]:
        return self.ledger.streams[SESSION]

    def found(self) -> list[Wrong]:
        tables = {name: {SESSION: rows} for name, rows in self.tables.items()}
        records = Records(
            tables,
            {SESSION: self.shown},
            self.notes,
            self.time_entries,
            self.tickets,
            self.mixed,
            Before(notes=frozenset({"1"}), tickets=frozenset({SEEDED, TICKET})),
            self.other_sessions,
        )
        return [finding.wrong for finding in judge(self.ledger, records, [self.case])]


def test_nothing_is_found_where_everything_went_well() -> None:
    assert World().found() == []


def _refused(entry: Entry, status: int) -> None:
    entry.answer, entry.status, entry.code = Answer.REFUSED, status, "session_closed"


def _twice(rows: list[Row]) -> None:
    rows.append(rows[-1])


def _opened_by_text(world: World) -> None:
    world.start.ticket = world.case.ticket = None
    world.tables["sessions"][0]["psa_ticket_id"] = None


def _corrected(world: World) -> None:
    """The fact has other words since, and they are stored."""
    correct = world.did(Kind.CORRECT, detail=world.fact.mark)
    for facts in (world.tables["facts"], world.shown["facts"]):
        facts[0] = {"text": f"It is off, {correct.mark}."}


def _failed(world: World) -> None:
    world.writeback.update(state="failed", time_entry_id=None)


def _ended_twice(world: World) -> None:
    """The session was escalated before, and time was to be logged for that too."""
    escalate = world.did(Kind.ESCALATE)
    first = world.shared | {
        "kind": "escalation_package", "markdown": escalate.mark, "note_id": "5", "time_entry_id": "10",
    }  # fmt: skip
    world.tables["writebacks"].insert(0, first)
    world.notes.append({"id": 5, "ticketId": int(TICKET), "text": escalate.mark})


def _asks_for_another_session(world: World) -> None:
    world.ledger.sending(Entry("", Kind.START, "key-of-another", f"mark-{uuid4().hex}", 50))


Change = Callable[[World], object]


def _all(*changes: Change) -> Change:
    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change


CHANGES: dict[str, tuple[Change, Wrong]] = {
    "a command is not recorded": (lambda w: w.events[1].update(command_id=None), Wrong.LOST),
    "a command is recorded twice": (lambda w: w.events[3].update(command_id="key-2"), Wrong.DUPLICATED),
    "a command overtook another": (
        _all(
            lambda w: w.events[1].update(command_id="key-3"), lambda w: w.events[2].update(command_id="key-2")
        ),
        Wrong.OUT_OF_ORDER,
    ),
    "somebody was answered 500": (lambda w: w.ledger.defect("500"), Wrong.CONTRADICTED),
    "a command, repeated, was answered otherwise": (
        lambda w: w.ledger.differently(w.fact, "404"),
        Wrong.CONTRADICTED,
    ),
    "a refused command was done": (lambda w: _refused(w.fact, 409), Wrong.CONTRADICTED),
    "a message is missing": (lambda w: w.message.update(text="Hm."), Wrong.LOST),
    "a message stands twice": (lambda w: w.tables["messages"].append(w.message), Wrong.DUPLICATED),
    "a reply is missing": (lambda w: w.tables["messages"].remove(w.reply), Wrong.LOST),
    "a reply stands twice": (lambda w: w.tables["messages"].append(w.reply), Wrong.DUPLICATED),
    "a fact is missing": (lambda w: w.tables["facts"].clear(), Wrong.LOST),
    "a fact stands twice": (lambda w: _twice(w.tables["facts"]), Wrong.DUPLICATED),
    "a correction was forgotten": (lambda w: w.did(Kind.CORRECT, detail=w.fact.mark), Wrong.LOST),
    "a correction came beside the fact": (
        _all(_corrected, lambda w: w.tables["facts"].append({"text": f"It is on, {w.fact.mark}."})),
        Wrong.LOST,
    ),
    "a deletion was forgotten": (lambda w: w.did(Kind.DELETE, detail=w.fact.mark), Wrong.LOST),
    "an outcome was forgotten": (lambda w: w.tables["fixes"][0].update(status="proposed"), Wrong.LOST),
    "a message is not shown": (lambda w: w.shown["messages"].pop(0), Wrong.LOST),
    "a fact is shown twice": (lambda w: _twice(w.shown["facts"]), Wrong.DUPLICATED),
    "a message was never given to the pilot": (
        lambda w: w.message.update(turn_state=None, turn_id=None),
        Wrong.LOST,
    ),
    "a message is answered by a reply that nobody has": (
        _all(lambda w: w.tables["turns"].clear(), lambda w: w.tables["messages"].remove(w.reply)),
        Wrong.LOST,
    ),
    "a session has forgotten its ticket": (
        lambda w: w.tables["sessions"][0].update(psa_ticket_id=None),
        Wrong.LOST,
    ),
    "the text that a session was opened with is missing": (_opened_by_text, Wrong.LOST),
    "an outcome was refused that nothing stands against": (
        _all(lambda w: _refused(w.outcome, 409), lambda w: w.outcome_event.update(command_id=None)),
        Wrong.CONTRADICTED,
    ),
    "an update was refused that nothing stands against": (
        _all(lambda w: _refused(w.update, 409), lambda w: w.events[4].update(command_id=None)),
        Wrong.CONTRADICTED,
    ),
    "a note is missing": (lambda w: w.notes.clear(), Wrong.LOST),
    "a note is missing, and what was known of it": (
        _all(
            lambda w: w.notes.pop(), lambda w: w.time_entries.clear(), lambda w: w.tables["writebacks"].pop()
        ),
        Wrong.LOST,
    ),
    "a note has failed, and the session is resolved": (
        _all(
            lambda w: w.notes.pop(),
            lambda w: w.time_entries.clear(),
            lambda w: w.writeback.update(state="failed", time_entry_id=None),
        ),
        Wrong.LOST,
    ),
    "a session was picked up that nobody has handed over": (lambda w: w.did(Kind.PICK_UP), Wrong.LOST),
    "an update is missing, and what was known of it": (
        _all(lambda w: w.notes.pop(1), lambda w: w.tables["writebacks"].pop(0)),
        Wrong.LOST,
    ),
    "a note stands on another ticket": (lambda w: w.notes[2].update(ticketId=int(SEEDED)), Wrong.UNASKED),
    "a note stands there that nobody has written": (
        lambda w: w.notes.append({"id": 77, "ticketId": int(TICKET), "text": "Half of a note"}),
        Wrong.UNASKED,
    ),
    "the ticket has another status than is told": (
        lambda w: w.tickets[1]["status"].update(id=2),
        Wrong.CONTRADICTED,
    ),
    "a note stands twice": (lambda w: _twice(w.notes), Wrong.DUPLICATED),
    "time is missing": (lambda w: w.time_entries.clear(), Wrong.LOST),
    "time was logged twice": (lambda w: _twice(w.time_entries), Wrong.DUPLICATED),
    "time stands on another ticket": (
        lambda w: w.time_entries.append({"id": 88, "chargeToId": int(SEEDED)}),
        Wrong.UNASKED,
    ),
    "time was logged twice for one ending, and for another not at all": (
        _all(_ended_twice, lambda w: w.time_entries.append({"id": 88, "chargeToId": int(TICKET)})),
        Wrong.LOST,
    ),
    "a second ticket is missing": (lambda w: w.tickets.pop(), Wrong.LOST),
    "a second ticket is missing, and what was known of it": (
        _all(lambda w: w.tickets.pop(), lambda w: w.tables["second_tickets"].clear()),
        Wrong.LOST,
    ),
    "there is a ticket that nobody has asked for": (
        lambda w: w.tickets.append({"id": 99, "summary": "Another", "status": {"id": 1}}),
        Wrong.UNASKED,
    ),
    "a second ticket was made twice": (lambda w: _twice(w.tickets), Wrong.DUPLICATED),
    "a second ticket is there although it failed": (
        lambda w: w.second_row.update(state="failed"),
        Wrong.CONTRADICTED,
    ),
    "an event was never shown": (lambda w: w.seen.pop(1), Wrong.LOST),
    "an event was shown twice": (lambda w: w.seen.insert(1, w.seen[1]), Wrong.DUPLICATED),
    "an event was shown too late": (lambda w: w.seen.append(w.seen.pop(1)), Wrong.OUT_OF_ORDER),
    "an event was shown as another": (
        lambda w: w.events[1].update(type="other.event"),
        Wrong.CONTRADICTED,
    ),
    "an event was shown with another content": (
        lambda w: w.events[1].update(payload='{"number":1}'),
        Wrong.CONTRADICTED,
    ),
    "a reply never ends": (lambda w: w.message.update(turn_state="running"), Wrong.STUCK),
    "a note is on its way for ever": (
        lambda w: w.writeback.update(state="running", time_entry_id=None),
        Wrong.STUCK,
    ),
    "an engineer is at a loss": (lambda w: setattr(w.case, "ended_at", None), Wrong.STUCK),
    "a session that was asked for never came": (_asks_for_another_session, Wrong.STUCK),
    "a command has opened two sessions": (
        lambda w: w.other_sessions.append({"id": "session-2", "command_id": w.start.key}),
        Wrong.UNASKED,
    ),
    "there is a session that nobody has opened": (
        lambda w: w.other_sessions.append({"id": "session-2", "command_id": "another-key"}),
        Wrong.UNASKED,
    ),
    "a fact stands in another session of the account": (
        lambda w: setattr(w.fact, "session", "session-2"),
        Wrong.UNASKED,
    ),
    "the session is gone": (lambda w: w.tables["sessions"].clear(), Wrong.LOST),
    "the session is open again": (
        lambda w: w.tables["sessions"][0].update(status="active"),
        Wrong.CONTRADICTED,
    ),
    "somebody was shown what another account wrote": (
        lambda w: w.ledger.shown(OURS, "a page", f"It is on, {w.foreign}."),
        Wrong.CROSSED,
    ),
    "somebody got into a session of another account": (
        lambda w: w.ledger.crossing("answered 200"),
        Wrong.CROSSED,
    ),
    "another account's words are in a session": (
        lambda w: w.tables["facts"].append({"text": f"It is off, {w.foreign}."}),
        Wrong.CROSSED,
    ),
    "another account's note is on a ticket": (
        lambda w: w.notes.append({"id": 77, "ticketId": int(TICKET), "text": w.foreign}),
        Wrong.CROSSED,
    ),
    "an account's sessions belong to two": (
        lambda w: w.tables["sessions"].append(w.tables["sessions"][0] | {"account_id": "2"}),
        Wrong.CROSSED,
    ),
    "a row has another account than its session": (lambda w: w.mixed.append("1 row"), Wrong.CROSSED),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_found_that(name: str) -> None:
    change, wrong = CHANGES[name]
    world = World()
    change(world)
    assert wrong in world.found()


@pytest.mark.parametrize("status", [400, 404, 422])
def test_only_a_rule_may_refuse(status: int) -> None:
    world = World()
    _refused(world.fact, status)
    world.events[2]["command_id"] = None
    world.forget_facts()
    assert world.found() == [Wrong.CONTRADICTED]


def test_what_was_never_answered_may_be_there_or_not() -> None:
    world = World()
    world.fact.answer = Answer.UNANSWERED
    assert world.found() == []
    world.forget_facts()
    assert world.found() == []


def test_a_fact_may_be_corrected_and_deleted() -> None:
    world = World()
    _corrected(world)
    assert world.found() == []
    world.did(Kind.DELETE, detail=world.ledger.entries[-1].mark)
    world.forget_facts()
    assert world.found() == []


def test_time_that_was_not_wanted_is_a_duplicate() -> None:
    world = World()
    world.resolve.detail = "0"
    assert world.found() == [Wrong.DUPLICATED]


def test_time_that_the_ticketing_system_refused_is_not_lost() -> None:
    world = World()
    world.writeback.update(time_error_code="psa_rejected", time_entry_id=None)
    world.time_entries.clear()
    assert world.found() == []


def test_what_an_account_wrote_itself_may_be_shown_to_it() -> None:
    world = World()
    world.ledger.shown(THEIRS, "a page", f"It is on, {world.foreign}.")
    assert world.found() == []
