"""The model's simulator, and pilots that speak to it over real HTTP."""

from collections.abc import AsyncIterator

import pytest

from domain.pilot import Pilot
from infra.pilots.anthropic import AnthropicPilot
from infra.pilots.playbook import PlaybookPilot
from infra.simulators.anthropic import AnthropicSimulator


@pytest.fixture(scope="session")
async def model_server() -> AsyncIterator[AnthropicSimulator]:
    async with AnthropicSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
async def model_client(model_server: AnthropicSimulator) -> AsyncIterator[AnthropicPilot]:
    pilot = AnthropicPilot(model_server.api_key, model_server.url)
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


@pytest.fixture(params=["playbook", "anthropic"])
def pilot(request: pytest.FixtureRequest) -> Pilot:
    """Every provider that ships with the product."""
    if request.param == "playbook":
        return PlaybookPilot()
    found: Pilot = request.getfixturevalue("anthropic_pilot")
    return found
