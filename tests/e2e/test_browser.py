"""The promises of the web client, in a real browser against the real stack: one item for each test in TypeScript.

Two stacks run side by side, one for the tests that work with the playbook, one for those that tell a simulated model
what to say; the tests of each run one after the other, so that none is disturbed. Only what was asked for is run.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from tests.e2e import browser
from tests.e2e.browser import JOURNEYS, MODELLED, Outcome
from tests.e2e.stack import modelled_stack, running_stack

# The first item waits for the run of all.
pytestmark = pytest.mark.timeout(browser.RUN_WITHIN + 600)

PATH = "path.spec.ts"
LACKING = browser.missing()
_LISTED = {JOURNEYS: [], MODELLED: []} if LACKING else browser.names()
WITH_PLAYBOOK = _LISTED[JOURNEYS]
WITH_MODEL = [
    *(name for name in _LISTED[JOURNEYS] if browser.file_of(name) == PATH),
    *_LISTED[MODELLED],
]

Outcomes = Mapping[str, Outcome]


async def _with_playbook(folder: Path, files: list[str]) -> Outcomes:
    async with running_stack(folder) as stack:
        return await browser.run(folder, stack.variables(), [JOURNEYS], files)


async def _with_model(folder: Path, files: list[str]) -> Outcomes:
    async with modelled_stack(folder) as (stack, model):
        outcomes = await browser.run(folder, stack.variables(), [JOURNEYS, MODELLED], files)
        assert model.requests, "the simulated model was never asked"
        return outcomes


@pytest.fixture(scope="module")
async def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Outcomes | BaseException]:
    """Both runs, by the function whose items they are; a run that failed as a whole is its error."""
    folder = tmp_path_factory.mktemp("browser")
    planned: dict[str, Callable[[Path, list[str]], Awaitable[Outcomes]]] = {
        test_in_the_browser.__name__: _with_playbook,
        test_in_the_browser_with_a_model.__name__: _with_model,
    }
    wanted = {function: _wanted_files(request.session.items, function) for function in planned}
    functions = [function for function, files in wanted.items() if files]
    ended = await asyncio.gather(
        *(planned[function](folder / function, wanted[function]) for function in functions),
        return_exceptions=True,
    )
    return dict(zip(functions, ended, strict=True))


def _wanted_files(items: list[pytest.Item], function: str) -> list[str]:
    names = [
        str(item.callspec.params["name"])
        for item in items
        if isinstance(item, pytest.Function) and item.originalname == function
    ]
    return sorted({browser.file_of(name) for name in names})


def _of(name: str, run: Outcomes | BaseException) -> Outcome:
    if isinstance(run, BaseException):
        raise run
    return run[name]


def _judge(outcome: Outcome) -> None:
    if not outcome.passed:
        # Where it is here tells nothing: what matters is where it is in the browser test.
        pytest.fail(outcome.report, pytrace=False)
    if not outcome.first_time:
        warnings.warn(f"Passed only when tried again; the first time:\n{outcome.report}", stacklevel=2)


def test_nothing_that_the_browser_tests_need_is_missing() -> None:
    assert LACKING is None, LACKING
    assert WITH_PLAYBOOK


@pytest.mark.parametrize("name", WITH_PLAYBOOK, ids=WITH_PLAYBOOK)
def test_in_the_browser(name: str, runs: Mapping[str, Outcomes | BaseException]) -> None:
    _judge(_of(name, runs[test_in_the_browser.__name__]))


@pytest.mark.parametrize("name", WITH_MODEL, ids=WITH_MODEL)
def test_in_the_browser_with_a_model(name: str, runs: Mapping[str, Outcomes | BaseException]) -> None:
    _judge(_of(name, runs[test_in_the_browser_with_a_model.__name__]))
