"""Everything one running simulator holds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

from infra.simulators.connectwise.faults import FaultKind, Faults
from infra.simulators.connectwise.settings import SimulatorSettings
from infra.simulators.connectwise.store import Record, Store
from infra.simulators.connectwise.writing import Writer

KEPT_REQUESTS = 2000


@dataclass
class ReceivedRequest:
    """A request as it came in; credentials are left out."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    status: int | None = None


@dataclass
class Simulator:
    """Settings are replaced as a whole, so handlers read them anew with each request."""

    store: Store
    settings: SimulatorSettings = field(default_factory=SimulatorSettings)
    faults: Faults = field(default_factory=Faults)
    requests: deque[ReceivedRequest] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    recent: deque[float] = field(default_factory=deque)

    @classmethod
    def with_state(cls, state_file: Path | None) -> Simulator:
        return cls(store=Store(state_file))

    def writer(self, collection: str) -> Writer:
        return Writer(self.store, self.settings, collection)

    def reset(self) -> None:
        self.store.reset()
        self.settings = SimulatorSettings()
        self.faults.rules.clear()
        self.requests.clear()
        self.recent.clear()


def simulator_of(request: Request) -> Simulator:
    found = request.app.state.simulator
    assert isinstance(found, Simulator)  # noqa: S101 - set by create_app
    return found


def fault_of(request: Request) -> FaultKind | None:
    """The fault the handler itself has to play, if any."""
    kind: FaultKind | None = request.scope.get("simulator.fault")
    return kind


def save_unless_silent(request: Request, collection: str, before: Record | None, changed: Record) -> Record:
    """Save, except under `silent_no_change`: then the answer is what a PSA shows that did nothing."""
    store = simulator_of(request).store
    if fault_of(request) is FaultKind.SILENT_NO_CHANGE:
        if before is None:
            store.use_up(collection, changed["id"])
        return before if before is not None else changed
    return store.save(collection, changed)
