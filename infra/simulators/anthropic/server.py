"""The simulator of Anthropic's API for tests."""

from typing import Any

from infra.simulators.anthropic.app import Simulation, create_app
from infra.simulators.anthropic.behaviour import Behaviour
from infra.simulators.embedded import EmbeddedSimulator


class AnthropicSimulator(EmbeddedSimulator):
    """`async with AnthropicSimulator() as model:` serves on a free loopback port until the block ends."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        super().__init__(create_app(self.simulation), self.simulation.stopping)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Bodies of the requests that were not refused, oldest first."""
        return self.simulation.requests

    def next(self, **behaviour: Any) -> None:
        """Answer the next request like this; see `Behaviour`. Several calls wait in line."""
        self.simulation.behaviours.append(Behaviour.model_validate(behaviour))

    def pass_time(self, seconds: float) -> None:
        """Let the prompt cache grow older."""
        self.simulation.seconds_later += seconds

    def reset(self) -> None:
        """Forget requests, behaviours and cached prompts."""
        self.simulation.reset()
