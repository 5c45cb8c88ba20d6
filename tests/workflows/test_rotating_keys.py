"""Secret keys are changed while sessions are open: old histories stay readable, and a missing key only makes wait."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.converter import DataConverter

from api.problems import ApiProblem
from api.session_gateway import SessionGateway
from domain.commands import CommandAck
from domain.vocabulary import MessageRole
from infra.config import Settings
from infra.database.models import Fact
from infra.temporal.payload_keys import PayloadKey
from tests.support.application import TEST_KEY, Application, converter_of_tests, running_worker
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.waiting import until
from tests.workflows import histories
from tests.workflows.conftest import Sessions
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import AddFact

OLD = TEST_KEY
NEW = SecretStr(base64.urlsafe_b64encode(b"the newer key of the two of them").decode())


def _id(key: SecretStr) -> bytes:
    return PayloadKey.of(key.get_secret_value()).id.encode()


class Deployment:
    """Worker and clients with some keys; what is deployed is replaced by what is deployed next."""

    def __init__(self, settings: Settings, address: str, pilot: DirectedPilot) -> None:
        self._settings = settings
        self._address = address
        self._pilot = pilot

    def converter(self, *keys: SecretStr) -> DataConverter:
        return converter_of_tests(self._settings.model_copy(update={"secret_keys": list(keys)}))

    async def client(self, *keys: SecretStr) -> Client:
        return await Client.connect(self._address, data_converter=self.converter(*keys))

    @asynccontextmanager
    async def worker(self, *keys: SecretStr) -> AsyncIterator[Client]:
        """One that remembers no session, so that each task reads the whole history."""
        client = await self.client(*keys)
        async with running_worker(client, self._settings, self._pilot, max_cached_workflows=0):
            yield client


async def _keys_in(session: WorkedSession) -> set[bytes]:
    history = await session.handle.fetch_history()
    return {
        key
        for key in (_id(OLD), _id(NEW))
        if any(key in event.SerializeToString() for event in history.events)
    }


async def _why_it_waits(session: WorkedSession, converter: DataConverter) -> str | None:
    """What a worker said that could not take a task of this session."""
    for event in (await session.handle.fetch_history()).events:
        if event.HasField("workflow_task_failed_event_attributes"):
            return str(await converter.decode_failure(event.workflow_task_failed_event_attributes.failure))
    return None


async def test_sessions_go_on_with_a_new_key_and_wait_for_one_that_is_missing(
    application: Application, settings: Settings, desk: Tenant, pilot: DirectedPilot, second_temporal: Client
) -> None:
    deployed = Deployment(settings, second_temporal.service_client.config.target_host, pilot)

    async with deployed.worker(OLD) as client:
        session = await Sessions(application, desk, pilot, client).start("One.", "Two.", "Three.")
        assert await _keys_in(session) == {_id(OLD)}

    async with deployed.worker(NEW, OLD) as client:
        session.temporal = client
        await session.say("with the new key")
        assert await session.said(MessageRole.PILOT) == ["One.", "Two."]
        assert await _keys_in(session) == {_id(OLD), _id(NEW)}

    async with deployed.worker(NEW) as client:
        session.temporal = client
        sending = asyncio.create_task(session.say("without the old key", settle=False))
        why = await until(lambda: _why_it_waits(session, deployed.converter(NEW)), what="a task that failed")
        assert _id(OLD).decode() in why
        assert "RESOLUTIONFLOW_SECRET_KEYS" in why
        assert await session.is_running(), "nothing failed for good"

    async with deployed.worker(NEW, OLD) as client:
        session.temporal = client
        await asyncio.wait_for(sending, 60)
        await session.settled(within=60)
        assert await session.said(MessageRole.PILOT) == ["One.", "Two.", "Three."]

        # An api that was not restarted yet: the answer is there, and it cannot read it.
        command = session.command(AddFact, text="a fact")
        gateway = SessionGateway(await deployed.client(OLD), settings)
        with pytest.raises(ApiProblem) as caught:
            await gateway.send(
                "add_fact",
                command,
                CommandAck,
                account_id=desk.account_id,
                session_id=session.id,
                engineer_id=desk.user_id(),
                update_id=command.command_id,
            )
        assert (caught.value.status, caught.value.code) == (503, "payload_unreadable")
        assert [fact.text for fact in await session.rows(Fact)] == ["a fact"]

        history = await session.handle.fetch_history()
        await histories.replayer(deployed.converter(NEW, OLD)).replay_workflow(history)
