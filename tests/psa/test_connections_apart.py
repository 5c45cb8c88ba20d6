"""Two connections never see each other's data, not even by way of a cache or a changed key."""

import asyncio
from uuid import uuid4

import pytest
from pydantic import SecretStr

from domain.psa import PsaCredentialsRejected
from infra.psa.registry import PsaRegistry
from infra.simulators.connectwise.server import SimulatorServer
from tests.psa.conftest import Configure


async def test_cached_boards_and_members_of_two_connections_never_mix(
    simulator: SimulatorServer, configure: Configure
) -> None:
    async with SimulatorServer() as other:
        board = other.simulator.store.draft("boards", 1)
        other.simulator.store.save("boards", {**board, "name": "Someone else's desk"})
        member = other.simulator.store.draft("members", 153)
        other.simulator.store.save("members", {**member, "lastName": "Elsewhere"})
        registry = PsaRegistry()
        ours = await registry.get(configure())
        theirs = await registry.get(configure(host=other.url))
        for _ in range(2):
            assert "Help Desk" in {board.name for board in await ours.boards()}
            assert "Someone else's desk" in {board.name for board in await theirs.boards()}
            assert "Mara Reyes" in {member.name for member in await ours.members()}
            assert "Mara Elsewhere" in {member.name for member in await theirs.members()}
        await registry.aclose()


async def test_one_connection_keeps_its_client(configure: Configure) -> None:
    registry, connection = PsaRegistry(), configure()
    assert await registry.get(connection) is await registry.get(connection.model_copy())
    await registry.aclose()


async def test_two_connections_with_equal_keys_have_their_own_clients(configure: Configure) -> None:
    registry = PsaRegistry()
    assert await registry.get(configure()) is not await registry.get(configure())
    await registry.aclose()


async def test_a_rotated_key_is_used_from_the_next_call_on(configure: Configure) -> None:
    registry, connection_id = PsaRegistry(), uuid4()
    old = await registry.get(configure(connection_id=connection_id, private_key=SecretStr("revoked")))
    with pytest.raises(PsaCredentialsRejected):
        await old.boards()
    new = await registry.get(configure(connection_id=connection_id))
    assert new is not old
    assert await new.boards()
    await registry.aclose()


async def test_a_replaced_client_finishes_what_it_is_doing(
    simulator: SimulatorServer, configure: Configure
) -> None:
    registry, connection_id = PsaRegistry(), uuid4()
    old = await registry.get(configure(connection_id=connection_id))
    await old.test()
    simulator.add_fault("slow", path="/service/boards$", seconds=0.3)
    reading = asyncio.create_task(old.boards())
    await simulator.request_arrived("GET", "/service/boards")
    await registry.get(configure(connection_id=connection_id, client_id=SecretStr("another")))
    await registry.aclose()
    assert len(await reading) == 5


async def test_two_registries_share_nothing(configure: Configure) -> None:
    one, two, connection = PsaRegistry(), PsaRegistry(), configure()
    first, second = await one.get(connection), await two.get(connection)
    assert first is not second
    await one.aclose()
    assert await second.boards(), "closing one registry leaves the other's clients open"
    await two.aclose()


async def test_a_forgotten_connection_gets_a_new_client(configure: Configure) -> None:
    registry, connection = PsaRegistry(), configure()
    first = await registry.get(connection)
    await registry.forget(connection.connection_id)
    assert await registry.get(connection) is not first
    await registry.aclose()
