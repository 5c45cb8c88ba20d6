"""What a run says of its goals, and what it ends with."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.bench.__main__ import ALONE, PARTS, run_parts
from tests.bench.fan_out import missed
from tests.bench.goals import GOALS, Verdict
from tests.bench.measure import Times
from tests.bench.report import Figure, Report
from tests.bench.table import NO_RUN, PAGE, RESULTS, page_with, run_of, tables
from tests.support.billable_actions import billable_actions

MEMORY = "idle: worker with 5,000 open sessions"
GOAL = next(goal for goal in GOALS if goal.part == "idle")


def report(*figures: Figure, part: bool = True) -> Report:
    """A run that was asked for the idle sessions alone."""
    made = Report("two shared cores", datetime(2026, 11, 27, tzinfo=UTC), ["idle"])
    made.parts = {"idle": 60.0} if part else {}
    for figure in figures:
        made.add(figure)
    return made


def memory(megabytes: float, name: str = MEMORY) -> Figure:
    return Figure(name, megabytes, 1024, "MiB")


def test_a_goal_that_is_reached_is_held() -> None:
    held = report(memory(1024))
    assert held.verdict_on(GOAL) is Verdict.HELD
    assert held.exit_code() == 0


@pytest.mark.parametrize("value", [1024.1, math.inf, math.nan])
def test_a_goal_that_is_not_reached_is_told_and_fails_a_strict_run(value: float) -> None:
    failed = report(memory(value))
    assert failed.verdict_on(GOAL) is Verdict.MISSED
    assert failed.exit_code() == 1
    assert f"missed        {GOAL.text}" in failed.table()


def test_a_goal_that_was_not_measured_is_not_held() -> None:
    for unknown in (report(), report(memory(10), part=False)):
        assert unknown.verdict_on(GOAL) is Verdict.UNMEASURED
        assert unknown.exit_code() == 2
        assert f"not measured  {GOAL.text}" in unknown.table()


def test_what_was_measured_of_fewer_says_nothing_of_the_goal() -> None:
    assert report(memory(10, MEMORY.replace("5,000", "50"))).verdict_on(GOAL) is Verdict.UNMEASURED


def test_a_goal_of_several_figures_needs_them_all() -> None:
    goal = next(goal for goal in GOALS if goal.part == "reads")
    first, second = (f"{figure.rstrip('* ')} SELECT 1 (p95)" for figure in goal.figures)
    made = report(Figure(first, 1, 3, "×"))
    made.parts["reads"] = 1.0
    assert made.verdict_on(goal) is Verdict.UNMEASURED
    made.add(Figure(second, 4, 3, "×"))
    assert made.verdict_on(goal) is Verdict.MISSED


def test_a_figure_without_a_goal_holds_none() -> None:
    assert report(Figure(MEMORY, 10, None, "MiB")).verdict_on(GOAL) is Verdict.UNMEASURED


def test_goals_of_parts_that_were_not_asked_for_do_not_fail_a_run() -> None:
    assert report(memory(10)).exit_code() == 0
    assert any(report(memory(10)).verdict_on(goal) is Verdict.UNMEASURED for goal in GOALS)


def test_every_goal_belongs_to_a_part_that_exists() -> None:
    assert {goal.part for goal in GOALS} <= {*PARTS, *ALONE}


async def test_a_part_that_fails_is_told_and_the_others_are_measured() -> None:
    made = report(memory(10), part=False)

    async def breaks() -> None:
        raise RuntimeError("the server is gone")

    async def works() -> None:
        return

    await run_parts(made, {"idle": breaks, "reads": works})
    assert made.failures == {"idle": "RuntimeError: the server is gone"}
    assert list(made.parts) == ["reads"]
    assert made.exit_code() == 2


def test_what_a_client_misses_gets_twice_or_out_of_order_is_counted() -> None:
    assert missed([3, 4, 5], [3, 4, 5]) == 0
    assert missed([3, 5], [3, 4, 5]) == 1
    assert missed([3, 4, 4, 5], [3, 4, 5]) == 1
    assert missed([3, 5, 4], [3, 4, 5]) == 1
    assert missed([], [3, 4]) == 2


def test_markers_of_one_workflow_task_are_one_billable_action() -> None:
    def event(type_: EventType.ValueType, task: int = 0) -> HistoryEvent:
        found = HistoryEvent(event_type=type_)
        if type_ == EventType.EVENT_TYPE_MARKER_RECORDED:
            found.marker_recorded_event_attributes.workflow_task_completed_event_id = task
        return found

    turn = [
        event(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED),
        event(EventType.EVENT_TYPE_MARKER_RECORDED, 4),
        event(EventType.EVENT_TYPE_MARKER_RECORDED, 4),
        event(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED),
        event(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
        event(EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED),
        event(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED),
    ]
    assert billable_actions(turn) == 3
    assert billable_actions([*turn, event(EventType.EVENT_TYPE_MARKER_RECORDED, 9)]) == 4


def test_a_saved_run_is_what_the_page_shows() -> None:
    made = report(memory(1500.25))
    made.add_times("a message", Times(1.25, 2.5, 100))
    found = tables(json.loads(json.dumps(made.as_json())))
    assert "| idle: worker with 5,000 open sessions | 1,500 MiB | ≤ 1024 | missed |" in found
    assert "| a message | 1.2 | 2.5 | 100 |" in found
    assert f"| {GOAL.text} | missed |" in found


def test_the_figures_of_the_page_are_those_of_a_saved_run() -> None:
    page = PAGE.read_text()
    name = run_of(page)
    run = None if name == NO_RUN else json.loads((RESULTS / name).read_text())
    assert page == page_with(page, name, run)
