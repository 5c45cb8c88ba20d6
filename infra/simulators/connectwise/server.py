"""The simulator as a server inside a running event loop, for tests that speak real HTTP to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from infra.simulators.connectwise import credentials
from infra.simulators.connectwise.app import create_app
from infra.simulators.connectwise.faults import Fault, FaultKind
from infra.simulators.connectwise.routes.notes import new_note
from infra.simulators.connectwise.settings import RequiredOnClose, SimulatorSettings
from infra.simulators.connectwise.simulator import ReceivedRequest, Simulator
from infra.simulators.connectwise.store import Record


class SimulatorServer:
    """`async with SimulatorServer() as psa:` serves on a free loopback port until the block ends.

    Reads and changes its state directly; the HTTP control API is for other processes.
    """

    company_id = credentials.COMPANY_ID
    public_key = credentials.PUBLIC_KEY
    private_key = credentials.PRIVATE_KEY
    client_id = credentials.CLIENT_ID

    def __init__(self, state_file: Path | None = None) -> None:
        self.simulator = Simulator.with_state(state_file)
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> SimulatorServer:
        # The protocol is named because asyncio sends small answers at once only on sockets that say TCP.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(self.simulator),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _EmbeddedServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("The simulator stopped before it was ready.")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        if self._socket is not None:
            self._socket.close()

    @property
    def authority(self) -> str:
        assert self._socket is not None, "only while serving"  # noqa: S101
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    def add_fault(
        self,
        kind: FaultKind | str,
        *,
        method: str | None = None,
        path: str = "",
        times: int | None = 1,
        **details: Any,
    ) -> Fault:
        """See `Fault`; `details` are its other fields."""
        rule = Fault(kind=FaultKind(kind), method=method, path=path, times=times, **details)
        self.simulator.faults.rules.append(rule)
        return rule

    def clear_faults(self) -> None:
        self.simulator.faults.rules.clear()

    def configure(self, **settings: Any) -> None:
        """Change switches of `SimulatorSettings` by their Python names."""
        current = self.simulator.settings.model_dump()
        self.simulator.settings = SimulatorSettings.model_validate({**current, **settings})

    def require_on_close(self, field: str, message: str | None = None) -> None:
        rules = [*self.simulator.settings.required_on_close, RequiredOnClose(field=field, message=message)]
        self.configure(required_on_close=rules)

    def requests(self, method: str | None = None, path: str = "") -> list[ReceivedRequest]:
        """Requests received so far whose path contains `path`."""
        return [
            entry
            for entry in self.simulator.requests
            if path in entry.path and (method is None or entry.method == method)
        ]

    async def request_arrived(self, method: str, path: str) -> ReceivedRequest:
        """Wait until such a request has come in (tests bound the wait with their own time limit)."""
        while True:
            found = self.requests(method, path)
            if found:
                return found[0]
            await asyncio.sleep(0.005)

    def forget_requests(self) -> None:
        self.simulator.requests.clear()

    def ticket(self, ticket_id: int) -> Record:
        record = self.simulator.store.get("tickets", ticket_id)
        if record is None:
            raise KeyError(ticket_id)
        return record

    def new_ticket(self, summary: str, *, board: int = 1, status: int = 102) -> int:
        """Somebody has made a ticket; its number."""
        store = self.simulator.store
        body = {"summary": summary, "board": {"id": board}, "status": {"id": status}, "company": {"id": 250}}
        return int(
            store.save("tickets", store.new("tickets", self.simulator.writer("tickets").values(body)))["id"]
        )

    def notes(self, ticket_id: int) -> list[Record]:
        """Notes of a ticket, oldest first."""
        return [note for note in self.simulator.store.all("notes") if note["ticketId"] == ticket_id]

    def write_note(self, ticket_id: int, text: str, *, flag: str = "detailDescriptionFlag") -> Record:
        """Put a note on a ticket as if a person had done it in the PSA."""
        body = {"text": text, flag: True, "member": {"identifier": "jo"}}
        note = new_note(self.simulator, ticket_id, body)
        return self.simulator.store.save("notes", note, author="jo")

    def time_entries(self, ticket_id: int) -> list[Record]:
        """Time on a ticket, oldest first."""
        entries = self.simulator.store.all("timeEntries")
        return [entry for entry in entries if entry["chargeToId"] == ticket_id]

    def change_ticket(self, ticket_id: int, **values: Any) -> Record:
        """Write into a ticket as if a person had done it in the PSA."""
        return self.simulator.store.save("tickets", {**self.ticket(ticket_id), **values}, author="jo")

    def reset(self) -> None:
        """Seed, default settings, no faults, no recorded requests."""
        self.simulator.reset()


class _EmbeddedServer(uvicorn.Server):
    """A guest in someone else's process: leaves its signal handlers alone."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield
