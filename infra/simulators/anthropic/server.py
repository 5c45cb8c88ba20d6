"""The simulator as a server inside a running event loop, for tests that speak real HTTP to it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import uvicorn

from infra.simulators.anthropic.app import Simulation, create_app
from infra.simulators.anthropic.behaviour import Behaviour


class AnthropicSimulator:
    """`async with AnthropicSimulator() as model:` serves on a free loopback port until the block ends."""

    api_key = "simulated-key"

    def __init__(self) -> None:
        self.simulation = Simulation()
        # The protocol is named because asyncio sends small answers at once only on sockets that say TCP.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._server = _EmbeddedServer(
            uvicorn.Config(
                create_app(self.simulation),
                log_config=None,
                log_level="critical",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            self._task.result()
            raise RuntimeError("The simulator stopped before it was ready.")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.simulation.stopping.set()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

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


class _EmbeddedServer(uvicorn.Server):
    """A guest in someone else's process: leaves its signal handlers alone, and says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
