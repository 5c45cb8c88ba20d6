"""The promises of the web client, in a real browser against the real stack: one item for each test in TypeScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.simulators.anthropic.server import AnthropicSimulator
from tests.e2e import browser
from tests.e2e.stack import running_stack

# The first item of each group waits for the run of all.
pytestmark = pytest.mark.timeout(browser.RUN_WITHIN + 300)

PATH = "path.spec.ts"
LACKING = browser.missing()
WITH_PLAYBOOK = [] if LACKING else browser.names()
WITH_MODEL = [] if LACKING else browser.names(PATH)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
async def with_playbook(folder: Path) -> AsyncIterator[dict[str, browser.Outcome]]:
    async with running_stack(folder / "playbook") as stack:
        yield await browser.run(folder / "playbook", stack.variables())


@pytest.fixture(scope="module")
async def with_model(folder: Path) -> AsyncIterator[dict[str, browser.Outcome]]:
    async with (
        AnthropicSimulator() as model,
        running_stack(
            folder / "model",
            RESOLUTIONFLOW_PILOT="anthropic",
            ANTHROPIC_API_KEY=model.api_key,
            ANTHROPIC_BASE_URL=model.url,
        ) as stack,
    ):
        outcomes = await browser.run(folder / "model", {**stack.variables(), "E2E_PILOT": "model"}, PATH)
        assert model.requests, "the simulated model was never asked"
        yield outcomes


def test_nothing_that_the_browser_tests_need_is_missing() -> None:
    assert LACKING is None, LACKING
    assert WITH_PLAYBOOK


@pytest.mark.parametrize("name", WITH_PLAYBOOK, ids=WITH_PLAYBOOK)
def test_in_the_browser(name: str, with_playbook: dict[str, browser.Outcome]) -> None:
    outcome = with_playbook[name]
    assert outcome.passed, outcome.report


@pytest.mark.parametrize("name", WITH_MODEL, ids=WITH_MODEL)
def test_in_the_browser_with_a_model(name: str, with_model: dict[str, browser.Outcome]) -> None:
    outcome = with_model[name]
    assert outcome.passed, outcome.report
