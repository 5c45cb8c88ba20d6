"""Whatever step dies, at whatever place: what it was to do is done once, and told once.

The places are read from the code of the activities (`places`) and are all passed by some story (`stories`). A story is
played once as it is; then each of its steps dies once in a rehearsal, until each has died at every place that it came
past. In the end the session, and the ticket, must stand as if nothing had happened.

`CRASH_SEEDS=20` plays every story with twenty seeds: other words, another order, two deaths of a step, and somebody
else who works on the session meanwhile.
"""

from __future__ import annotations

import os

import pytest

from infra.crash_points import CrashPoint
from tests.workflows.crashes.places import offered_activities, places_in_code
from tests.workflows.crashes.rehearsals import Rehearsals
from tests.workflows.crashes.stories import STORIES, Story

SEEDS = range(int(os.environ.get("CRASH_SEEDS", "1")))
PLACES = [(step, point) for step, points in places_in_code().items() for point in sorted(points)]

pytestmark = [pytest.mark.usefixtures("quick_retries", "every_piece"), pytest.mark.timeout(600)]


def test_every_activity_dies_in_exactly_one_story() -> None:
    dying = [step for story in STORIES for step in story.steps]
    assert sorted(dying) == sorted(offered_activities())


def test_there_are_places_enough() -> None:
    assert len(PLACES) >= 60


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_a_session_ends_as_if_nothing_had_died(rehearsals: Rehearsals, story: Story, seed: int) -> None:
    outcome = await rehearsals.of(story, seed)
    assert outcome.never_died_at == []
    assert [one.report for one in outcome.rehearsals if one.problems] == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("step", "point"), PLACES)
async def test_a_step_that_dies_there_is_done_once_and_told_once(
    rehearsals: Rehearsals, step: str, point: CrashPoint, seed: int
) -> None:
    (story,) = [story for story in STORIES if step in story.steps]
    deaths = (await rehearsals.of(story, seed)).deaths(step, point)
    assert deaths, "no rehearsal came to this place"
    assert [one.report for one in deaths if one.problems] == []
