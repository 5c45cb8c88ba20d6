"""How long a session was out of use is counted from each kill, in each session that was open then."""

from __future__ import annotations

from tests.chaos.ledger import Answer, Entry, Kind
from tests.chaos.recovery import (
    Spread,
    Wait,
    since_the_last_kill,
    until_answered,
    until_replied,
    until_usable,
)
from tests.chaos.troubles import Kill


def _command(session: str, sent: float, answered: float, *, again: int = 0) -> Entry:
    entry = Entry(session, Kind.FACT, f"{session}/{sent}", "", sent)
    entry.answer, entry.answered_at = Answer.ACKNOWLEDGED, answered
    if again:
        entry.unsure["ConnectError"] = again
    return entry


KILL = Kill("api", 10)


def _seconds(*entries: Entry) -> list[tuple[str, float]]:
    return [(wait.session, wait.seconds) for wait in until_usable([KILL], entries)]


def test_a_command_on_its_way_counts_from_the_kill_to_its_answer() -> None:
    assert _seconds(_command("a", 1, 2), _command("a", 9, 25), _command("a", 26, 27)) == [("a", 15)]


def test_a_session_that_answers_at_once_was_usable_when_it_was_asked() -> None:
    assert _seconds(_command("a", 1, 2), _command("a", 60, 61.5)) == [("a", 1.5)]


def test_a_session_that_answers_late_was_out_of_use_since_the_kill() -> None:
    assert _seconds(_command("a", 1, 2), _command("a", 20, 22.5)) == [("a", 12.5)]


def test_a_session_that_has_to_be_asked_twice_was_out_of_use_since_the_kill() -> None:
    assert _seconds(_command("a", 1, 2), _command("a", 20, 21, again=1)) == [("a", 11)]


def test_only_the_first_command_after_the_kill_says_whether_a_session_was_usable() -> None:
    assert _seconds(_command("a", 1, 2), _command("a", 11, 18), _command("a", 19, 20)) == [("a", 8)]


def test_each_session_that_was_open_or_being_opened_counts() -> None:
    entries = [
        *(_command("open", 1, 2), _command("open", 11, 12)),
        _command("being opened", 8, 13),
        *(_command("opened later", 12, 13), _command("opened later", 14, 15)),
        _command("never asked again", 1, 2),
    ]
    assert _seconds(*entries) == [("open", 1), ("being opened", 3)]


def test_a_command_that_was_under_way_counts_until_its_answer() -> None:
    entry = Entry("a", Kind.FACT, "key", "", 4, answer=Answer.ACKNOWLEDGED, answered_at=10)
    waits = until_answered([Kill("api", 3), Kill("api", 5), Kill("api", 11)], [entry])
    assert [wait.seconds for wait in waits] == [5]


def test_where_kills_overlap_the_time_since_the_last_one_is_counted_too() -> None:
    kills = [Kill("api", 10), Kill("worker", 20), Kill("api", 60)]
    entries = [_command("a", 1, 2), _command("a", 9, 25)]
    waits = until_usable(kills, entries)
    assert [wait.seconds for wait in waits] == [15, 5]
    assert since_the_last_kill(waits) == [Wait(5, "a", kills[1])]


def test_a_reply_counts_for_every_kill_that_met_it() -> None:
    waits = until_replied([Kill("worker", 5), Kill("worker", 8), Kill("api", 20)], [("a", 4, 10)])
    assert [wait.seconds for wait in waits] == [5, 2]


def test_the_99th_of_a_hundred_is_a_measured_value() -> None:
    spread = Spread.of(float(second) for second in range(1, 101))
    assert (spread.count, spread.p50, spread.p99, spread.longest) == (100, 50, 99, 100)
    assert Spread.of([]).count == 0
