"""How long a session was out of use is counted from each kill, in each session that was open then."""

from __future__ import annotations

from tests.chaos.ledger import Answer, Entry, Kind
from tests.chaos.recovery import Spread, until_acknowledged, until_answered, until_replied
from tests.chaos.troubles import Kill


def _answered(session: str, *times: float) -> list[Entry]:
    return [
        Entry(session, Kind.FACT, f"{session}/{at}", "", at - 0.1, answer=Answer.ACKNOWLEDGED, answered_at=at)
        for at in times
    ]


def test_it_is_the_time_to_the_next_answer_of_each_session() -> None:
    entries = [*_answered("a", 1, 12), *_answered("b", 2, 30)]
    waits = until_acknowledged([Kill("api", 10)], entries)
    assert {(wait.session, wait.seconds) for wait in waits} == {("a", 2), ("b", 20)}


def test_sessions_that_were_not_open_do_not_count() -> None:
    entries = [*_answered("ended", 1, 2), *_answered("later", 11, 12)]
    assert until_acknowledged([Kill("worker", 10)], entries) == []


def test_a_command_that_was_under_way_counts_until_its_answer() -> None:
    entry = Entry("a", Kind.FACT, "key", "", 4, answer=Answer.ACKNOWLEDGED, answered_at=10)
    waits = until_answered([Kill("api", 3), Kill("api", 5), Kill("api", 11)], [entry])
    assert [wait.seconds for wait in waits] == [5]


def test_a_reply_counts_for_every_kill_that_met_it() -> None:
    waits = until_replied([Kill("worker", 5), Kill("worker", 8), Kill("api", 20)], [("a", 4, 10)])
    assert [wait.seconds for wait in waits] == [5, 2]


def test_the_99th_of_a_hundred_is_a_measured_value() -> None:
    spread = Spread.of(float(second) for second in range(1, 101))
    assert (spread.count, spread.p50, spread.p99, spread.longest) == (100, 50, 99, 100)
    assert Spread.of([]).count == 0
