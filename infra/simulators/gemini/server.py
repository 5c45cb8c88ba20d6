"""The simulator of Gemini's API for tests."""

from typing import Any

from infra.simulators.embedded import EmbeddedSimulator
from infra.simulators.gemini.app import Simulation, create_app
from infra.simulators.gemini.behaviour import Behaviour


class GeminiSimulator(EmbeddedSimulator):
    """`async with GeminiSimulator() as model:` serves on a free loopback port until the block ends."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        super().__init__(create_app(self.simulation), self.simulation.stopping)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests that were not refused with `model` and `method`, oldest first."""
        return self.simulation.requests

    def next(self, **behaviour: Any) -> None:
        """Answer the next request like this; see `Behaviour`. Several calls wait in line."""
        self.simulation.behaviours.append(Behaviour.model_validate(behaviour))

    def reset(self) -> None:
        """Forget requests, behaviours and what is cached."""
        self.simulation.reset()
