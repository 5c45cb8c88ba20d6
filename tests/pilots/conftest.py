"""The simulators of the models, and pilots that speak to them over real HTTP."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from domain.pilot import Pilot
from infra.pilots import actions
from infra.pilots.actions import ModelAction
from infra.pilots.anthropic import AnthropicPilot
from infra.pilots.gemini import GeminiPilot
from infra.pilots.playbook import PlaybookPilot
from infra.simulators.anthropic import AnthropicSimulator
from infra.simulators.gemini import GeminiSimulator
from tests.pilots.models import AnthropicModel, GeminiModel, Model


@pytest.fixture(scope="session")
async def model_server() -> AsyncIterator[AnthropicSimulator]:
    async with AnthropicSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
async def model_client(model_server: AnthropicSimulator) -> AsyncIterator[AnthropicPilot]:
    pilot = AnthropicPilot(model_server.api_key, model_server.url)
    yield pilot
    await pilot.aclose()


@pytest.fixture(scope="session")
async def gemini_server() -> AsyncIterator[GeminiSimulator]:
    async with GeminiSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
async def gemini_client(gemini_server: GeminiSimulator) -> AsyncIterator[GeminiPilot]:
    pilot = GeminiPilot(gemini_server.api_key, gemini_server.url)
    yield pilot
    await pilot.aclose()


@pytest.fixture
def model(model_server: AnthropicSimulator) -> AnthropicSimulator:
    """The model, as if nobody had asked it anything yet."""
    model_server.reset()
    return model_server


@pytest.fixture
def anthropic_pilot(model: AnthropicSimulator, model_client: AnthropicPilot) -> AnthropicPilot:
    return model_client


@pytest.fixture
def gemini(gemini_server: GeminiSimulator) -> GeminiSimulator:
    """Gemini, as if nobody had asked it anything yet."""
    gemini_server.reset()
    return gemini_server


@pytest.fixture
def gemini_pilot(gemini: GeminiSimulator, gemini_client: GeminiPilot) -> GeminiPilot:
    return gemini_client


@pytest.fixture(params=["playbook", "anthropic", "gemini"])
def pilot(request: pytest.FixtureRequest) -> Pilot:
    """Every provider that ships with the product."""
    if request.param == "playbook":
        return PlaybookPilot()
    found: Pilot = request.getfixturevalue(f"{request.param}_pilot")
    return found


@pytest.fixture(params=["anthropic", "gemini"])
def any_model(request: pytest.FixtureRequest) -> Model:
    """Every provider with a model, and its simulator."""
    if request.param == "anthropic":
        return AnthropicModel(request.getfixturevalue("anthropic_pilot"), request.getfixturevalue("model"))
    return GeminiModel(request.getfixturevalue("gemini_pilot"), request.getfixturevalue("gemini"))


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Shorten what a call may take."""

    def shorten(**limits: Any) -> None:
        for action in ModelAction:
            monkeypatch.setitem(actions.ACTIONS, action, actions.ACTIONS[action]._replace(**limits))

    return shorten
