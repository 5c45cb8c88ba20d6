"""A simulator on a real port, and clients that speak to it over real HTTP."""

import base64
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from infra.psa.config import PsaConnectionConfig
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.psa.connectwise.transport import Timeouts
from infra.simulators.connectwise.server import SimulatorServer

Configure = Callable[..., PsaConnectionConfig]
Connect = Callable[..., ConnectWiseProvider]


@pytest.fixture(scope="session")
async def running_simulator() -> AsyncIterator[SimulatorServer]:
    async with SimulatorServer() as server:
        yield server


@pytest.fixture
def simulator(running_simulator: SimulatorServer) -> SimulatorServer:
    """As freshly seeded, whatever the test before did to it."""
    running_simulator.reset()
    return running_simulator


@pytest.fixture
def configure(simulator: SimulatorServer) -> Configure:
    """A connection to the simulator; keyword arguments replace what is right."""

    def make(*, connection_id: UUID | None = None, **changes: Any) -> PsaConnectionConfig:
        right = {
            "connection_id": connection_id or uuid4(),
            "host": simulator.url,
            "company_id": simulator.company_id,
            "public_key": SecretStr(simulator.public_key),
            "private_key": SecretStr(simulator.private_key),
            "client_id": SecretStr(simulator.client_id),
            "allow_private": True,
        }
        return PsaConnectionConfig.model_validate({**right, **changes})

    return make


@pytest.fixture
async def connect(configure: Configure) -> AsyncIterator[Connect]:
    """Providers for changed connections or time-outs, closed at the end."""
    opened: list[ConnectWiseProvider] = []

    def make(timeouts: Timeouts | None = None, **changes: Any) -> ConnectWiseProvider:
        opened.append(ConnectWiseProvider(configure(**changes), timeouts))
        return opened[-1]

    yield make
    for provider in opened:
        await provider.aclose()


@pytest.fixture
def psa(connect: Connect) -> ConnectWiseProvider:
    return connect()


@pytest.fixture
async def http(simulator: SimulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """The vendor's API as it is, with the keys of the simulator."""
    pair = f"{simulator.company_id}+{simulator.public_key}:{simulator.private_key}"
    headers = {
        "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "clientId": simulator.client_id,
    }
    async with httpx.AsyncClient(base_url=f"{simulator.url}/v2025_1/apis/3.0", headers=headers) as client:
        yield client
