"""Worker processes that end in the middle of a step, one after the other, while others take over.

`CRASH_EXITS=all` lets them end at every place of every activity, one story after the other: a worker that ends takes
down what else it was working on, and where two hundred end in a row no session gets far enough to be compared.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

from infra.crash_points import CrashPoint
from tests.workflows.crashes.deaths import Place
from tests.workflows.crashes.dying_workers import DIED, mark_of
from tests.workflows.crashes.places import places_in_code
from tests.workflows.crashes.rehearsals import Rehearsals
from tests.workflows.crashes.stage import differences
from tests.workflows.crashes.stories import STORIES, Story

OF_EACH_KIND = [
    Place("open_session", CrashPoint.BEFORE_COMMIT),
    Place("record_answers", CrashPoint.AFTER_COMMIT),
    Place("chat_turn", CrashPoint.AFTER_COMMIT, 2),  # a piece of the reply is out
    Place("chat_turn", CrashPoint.BEFORE_ANSWER),
    Place("generate_note", CrashPoint.AFTER_MODEL),
    Place("create_spin_off", CrashPoint.AFTER_OUTSIDE_WRITE),
    Place("post_ticket_note", CrashPoint.AFTER_OUTSIDE_WRITE),
    Place("log_ticket_time", CrashPoint.AFTER_OUTSIDE_WRITE),
    Place("set_ticket_status", CrashPoint.AFTER_OUTSIDE_WRITE),
    Place("end_writeback", CrashPoint.AFTER_COMMIT),
]


def _everywhere() -> list[Place]:
    """Every place that is in the code, in the order in which a step comes past them."""
    return [
        Place(step, point)
        for step, points in places_in_code().items()
        for point in CrashPoint
        if point in points
    ]


EVERYWHERE = os.environ.get("CRASH_EXITS") == "all"
PLACES = _everywhere() if EVERYWHERE else OF_EACH_KIND
TOGETHER = [[story] for story in STORIES] if EVERYWHERE else [list(STORIES)]
"""Stories that are played side by side."""


@pytest.mark.usefixtures("quick_retries", "every_piece")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("together", TOGETHER, ids=lambda stories: " and ".join(one.name for one in stories))
async def test_processes_that_end_anywhere_lose_nothing_and_do_nothing_twice(
    rehearsals: Rehearsals, second_temporal: Client, tmp_path: Path, together: list[Story]
) -> None:
    steps = frozenset[str]().union(*(story.steps for story in together))
    places = [place for place in PLACES if place.step in steps]
    stories = [story for story in together if story.steps & {place.step for place in places}]
    usual = {story.name: await rehearsals.usual(story) for story in stories}
    async with _dying_workers(second_temporal, rehearsals.database_url, places, tmp_path) as exits:
        played = await asyncio.gather(*(rehearsals.play_elsewhere(story) for story in stories))
    found = {
        story.name: [
            *rehearsal.problems,
            *differences(usual[story.name].state, rehearsal.state, "usually", "now"),
        ]
        for story, rehearsal in zip(stories, played, strict=True)
    }
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert [place for place in places if not mark_of(place, tmp_path).exists()] == [], "nobody died there"
    assert exits == [DIED] * len(places)


@asynccontextmanager
async def _dying_workers(
    temporal: Client, database_url: str, places: Sequence[Place], folder: Path
) -> AsyncIterator[list[int]]:
    """Workers that are started anew whenever one ends. Answers the exit statuses so far."""
    exits: list[int] = []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.workflows.crashes.dying_workers",
        json.dumps(places),
        str(folder),
        env={
            **os.environ,
            "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
            "DATABASE_URL": database_url,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            exits.append(int(line))

    reading = asyncio.create_task(read())
    try:
        yield exits
    finally:
        process.terminate()
        await process.wait()
        await reading
