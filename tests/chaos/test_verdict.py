"""The verdict finds each thing that can be wrong, and nothing in a run in which all went well."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.chaos.ledger import Answer, Case, Entry, Kind, Ledger, Seen
from tests.chaos.records import Records, Row
from tests.chaos.verdict import Wrong, judge

SESSION, TICKET, TURN, FIX = "session-1", "48200", "turn-1", "fix-1"
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
        self.say = self._did(Kind.MESSAGE)
        self.fact = self._did(Kind.FACT)
        self.outcome = self._did(Kind.OUTCOME, mark=FIX, detail="applied_success")
        self.second = self._did(Kind.SECOND_TICKET)
        self.resolve = self._did(Kind.RESOLVE)
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
            "error_code": None,
        }  # fmt: skip
        self.second_row: Row = {
            "summary": f"Second {self.second.mark}", "state": "done", "ticket_id": "9", "error_code": None,
        }  # fmt: skip
        self.tables: dict[str, list[Row]] = {
            "sessions": [{"account_id": "1", "status": "resolved"}],
            "events": self.events,
            "messages": [self.message, self.reply],
            "turns": [{"id": TURN, "state": "done", "provider": "playbook"}],
            "facts": [{"text": f"It is on, {self.fact.mark}."}],
            "fixes": [{"id": FIX, "status": "applied_success", "applied_at": 1}],
            "writebacks": [self.writeback],
            "second_tickets": [self.second_row],
        }
        self.shown = {"messages": [dict(self.message), dict(self.reply)], "facts": list(self.tables["facts"])}
        self.notes = [{"ticketId": int(TICKET), "text": self.writeback["markdown"]}]
        self.time_entries = [{"chargeToId": int(TICKET)}]
        self.tickets = [{"summary": self.second_row["summary"]}]

    def _did(self, kind: Kind, *, mark: str = "", detail: str = "") -> Entry:
        number = len(self.events) + 1
        entry = Entry(SESSION, kind, f"key-{number}", mark or f"mark-{uuid4().hex}", number, TICKET, detail)
        self.ledger.owners[entry.mark] = OURS
        self.ledger.sending(entry)
        self.ledger.answered(entry, Answer.ACKNOWLEDGED, 200, None)
        self.events.append({"seq": number, "type": "some.event", "command_id": entry.key})
        self.ledger.saw(SESSION, Seen(number, "some.event", number))
        return entry

    def forget_facts(self) -> None:
        self.tables["facts"].clear()
        self.shown["facts"].clear()

    @property
    def seen(self) -> list[Seen]:
        return self.ledger.streams[SESSION]

    def found(self) -> list[Wrong]:
        tables = {name: {SESSION: rows} for name, rows in self.tables.items()}
        records = Records(
            tables, {SESSION: self.shown}, self.notes, self.time_entries, self.tickets, self.mixed
        )
        return [finding.wrong for finding in judge(self.ledger, records, [self.case])]


def test_nothing_is_found_where_everything_went_well() -> None:
    assert World().found() == []


def _refused(entry: Entry, status: int) -> None:
    entry.answer, entry.status, entry.code = Answer.REFUSED, status, "session_closed"


def _twice(rows: list[Row]) -> None:
    rows.append(rows[-1])


Change = Callable[[World], object]
CHANGES: dict[str, tuple[Change, Wrong]] = {
    "a command is not recorded": (lambda w: w.events[1].update(command_id=None), Wrong.LOST),
    "a command is recorded twice": (lambda w: w.events[2].update(command_id="key-2"), Wrong.DUPLICATED),
    "a command overtook another": (
        lambda w: (w.events[0].update(command_id="key-2"), w.events[1].update(command_id="key-1")),
        Wrong.OUT_OF_ORDER,
    ),
    "a refused command was done": (lambda w: _refused(w.fact, 409), Wrong.CONTRADICTED),
    "a message is missing": (lambda w: w.message.update(text="Hm."), Wrong.LOST),
    "a message stands twice": (lambda w: w.tables["messages"].append(w.message), Wrong.DUPLICATED),
    "a reply is missing": (lambda w: w.tables["messages"].remove(w.reply), Wrong.LOST),
    "a reply stands twice": (lambda w: w.tables["messages"].append(w.reply), Wrong.DUPLICATED),
    "a fact is missing": (lambda w: w.tables["facts"].clear(), Wrong.LOST),
    "a fact stands twice": (lambda w: _twice(w.tables["facts"]), Wrong.DUPLICATED),
    "an outcome was forgotten": (lambda w: w.tables["fixes"][0].update(status="proposed"), Wrong.LOST),
    "a message is not shown": (lambda w: w.shown["messages"].pop(0), Wrong.LOST),
    "a fact is shown twice": (lambda w: _twice(w.shown["facts"]), Wrong.DUPLICATED),
    "a note is missing": (lambda w: w.notes.clear(), Wrong.LOST),
    "a note stands twice": (lambda w: _twice(w.notes), Wrong.DUPLICATED),
    "time is missing": (lambda w: w.time_entries.clear(), Wrong.LOST),
    "time was logged twice": (lambda w: _twice(w.time_entries), Wrong.DUPLICATED),
    "a second ticket is missing": (lambda w: w.tickets.clear(), Wrong.LOST),
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
    "a reply never ends": (lambda w: w.message.update(turn_state="running"), Wrong.STUCK),
    "a note is on its way for ever": (
        lambda w: w.writeback.update(state="running", time_entry_id=None),
        Wrong.STUCK,
    ),
    "an engineer is at a loss": (lambda w: setattr(w.case, "ended_at", None), Wrong.STUCK),
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
        lambda w: w.notes.append({"ticketId": int(TICKET), "text": w.foreign}),
        Wrong.CROSSED,
    ),
    "an account's sessions belong to two": (
        lambda w: w.tables["sessions"].append({"account_id": "2", "status": "resolved"}),
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
    world.events[1]["command_id"] = None
    world.forget_facts()
    assert world.found() == [Wrong.CONTRADICTED]


def test_what_was_never_answered_may_be_there_or_not() -> None:
    world = World()
    world.fact.answer = Answer.UNANSWERED
    assert world.found() == []
    world.forget_facts()
    assert world.found() == []


def test_time_that_was_not_wanted_is_a_duplicate() -> None:
    world = World()
    world.resolve.detail = "0"
    assert world.found() == [Wrong.DUPLICATED]


def test_time_that_the_ticketing_system_refused_is_not_lost() -> None:
    world = World()
    world.writeback["time_error_code"] = "psa_rejected"
    world.time_entries.clear()
    assert world.found() == []


def test_what_an_account_wrote_itself_may_be_shown_to_it() -> None:
    world = World()
    world.ledger.shown(THEIRS, "a page", f"It is on, {world.foreign}.")
    assert world.found() == []
