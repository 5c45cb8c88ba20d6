"""Past the API, straight to Temporal: no message, query or step of one account reaches a session of another.

The messages are those that the workflow takes, and the steps those that the workers offer: both are asked, not listed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from domain.vocabulary import AccountRole, EventType
from infra.database.connection import Database
from infra.database.models import SessionEvent
from infra.pilots.factory import Pilots
from infra.pilots.playbook import PlaybookPilot
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.secret_box import PSA_CREDENTIALS, SecretBox
from infra.simulators.connectwise.server import SimulatorServer
from infra.storage.factory import build_storage
from infra.worker import WorkerResources, activities_of
from tests.support.application import Application
from tests.support.furnished import Furnished, furnish
from tests.support.made_messages import make_message
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.waiting import until
from workflows.task_queues import ALL_QUEUES
from workflows.troubleshooting_session.workflow import TroubleshootingSession

HANDLERS = workflow._Definition.must_from_class(TroubleshootingSession)
Inputs = dict[str, list[Any] | None]
UPDATES: Inputs = {name: one.arg_types for name, one in HANDLERS.updates.items() if name is not None}
SIGNALS: Inputs = {name: one.arg_types for name, one in HANDLERS.signals.items() if name is not None}
QUERIES: Inputs = {name: one.arg_types for name, one in HANDLERS.queries.items() if name is not None}

NAME_NOBODY = {
    "ticket_changed": "names a ticket and changes nothing by itself: the session's account reads it again",
    "read_rows": "says nothing at all: the session reads its own rows again",
}
"""Signals without an actor, each with the reason."""
SAY_NOTHING = {"read_rows"}


@dataclass(frozen=True)
class Scene:
    """Somebody else's session with something of everything, and who tries to get at it."""

    theirs: Furnished
    stranger: Tenant
    resources: WorkerResources

    @property
    def session_id(self) -> UUID:
        return UUID(self.theirs.journey.id)

    def known(self, **other: Any) -> dict[str, Any]:
        """Field values that name what is really there."""
        ids = {
            name: UUID(value)
            for name, value in self.theirs.ids.items()
            if name.endswith("_id") and "-" in value
        }
        own = {
            "command_id": str(uuid4()),
            "psa_connection_id": ids["connection_id"],
            "psa_ticket_id": "48231",
            "source_ref": ids["item_id"],
            "upload_ids": [ids["upload_id"]],
        }
        return ids | own | other


@pytest.fixture(scope="module")
async def scene(application: Application, pilot: DirectedPilot) -> AsyncIterator[Scene]:
    settings = application.settings
    async with SimulatorServer() as psa:
        tenant = await application.tenant(psa_host=psa.url)
        stranger = await application.tenant(with_flows=False)
        assert settings.database_url is not None
        resources = WorkerResources(
            Database(settings.database_url.get_secret_value(), pool_size=2),
            Pilots(primary=PlaybookPilot(), fallback=PlaybookPilot()),
            PsaConnections(
                PsaRegistry(), SecretBox(settings.secret_keys, PSA_CREDENTIALS), allow_private=True
            ),
            build_storage(settings),
        )
        async with application.sign_in(tenant, AccountRole.OWNER) as client:
            yield Scene(await furnish(application, tenant, client, pilot), stranger, resources)
        await resources.aclose()


def test_every_message_has_one_typed_input_that_can_be_made() -> None:
    assert len(UPDATES) > 25
    assert {name for name, arguments in SIGNALS.items() if not arguments} == SAY_NOTHING
    speaking = {name: arguments for name, arguments in SIGNALS.items() if name not in SAY_NOTHING}
    for name, arguments in (UPDATES | speaking).items():
        assert isinstance(make_message(_only(arguments)), BaseModel), name
    for name, arguments in speaking.items():
        assert ("actor_id" in _only(arguments).model_fields) == (name not in NAME_NOBODY), name
    assert QUERIES == {"snapshot": []}, "a query that takes something may be asked for somebody else's"


@pytest.mark.parametrize("name", UPDATES)
async def test_an_update_in_the_name_of_another_account_finds_no_session(scene: Scene, name: str) -> None:
    kind = _only(UPDATES[name])
    before, history = await scene.theirs.rows(), await _history_length(scene)
    for account_id, session_id, actor_id in (
        (scene.stranger.account_id, scene.session_id, scene.stranger.user_id()),
        (scene.stranger.account_id, scene.session_id, scene.theirs.tenant.user_id()),
        (scene.theirs.account_id, uuid4(), scene.theirs.tenant.user_id()),
    ):
        message = make_message(
            kind, **scene.known(account_id=account_id, session_id=session_id, actor_id=actor_id)
        )
        with pytest.raises(WorkflowUpdateFailedError) as refusal:
            await _handle(scene).execute_update(name, message)
        assert isinstance(refusal.value.cause, ApplicationError)
        assert refusal.value.cause.type == "session_not_found"
    assert await scene.theirs.rows() == before
    assert await _history_length(scene) == history, "a refused update is written to the history"


@pytest.mark.parametrize("name", [name for name in UPDATES if name not in ("preview", "stop_turn")])
async def test_nobody_of_another_account_acts_even_in_the_right_name(scene: Scene, name: str) -> None:
    kind = _only(UPDATES[name])
    before = await scene.theirs.rows()
    message = make_message(
        kind,
        **scene.known(
            account_id=scene.theirs.account_id, session_id=scene.session_id, actor_id=scene.stranger.user_id()
        ),
    )
    with pytest.raises(WorkflowUpdateFailedError):
        await _handle(scene).execute_update(name, message)
    assert await scene.theirs.rows() == before


@pytest.mark.parametrize("name", [name for name in SIGNALS if name not in NAME_NOBODY])
async def test_a_signal_of_somebody_of_another_account_leaves_only_its_refusal(
    scene: Scene, name: str
) -> None:
    kind = _only(SIGNALS[name])
    before = await scene.theirs.rows()
    message = make_message(kind, **scene.known(actor_id=scene.stranger.user_id()))
    await _handle(scene).signal(name, message)

    async def refused() -> bool:
        return (await scene.theirs.rows())["session_events"] != before["session_events"]

    await until(refused, what="the refusal on the timeline")
    after = await scene.theirs.rows()
    assert after["session_events"][0] == before["session_events"][0] + 1
    assert {table for table in after if after[table] != before[table]} == {"session_events", "sessions"}
    # Only the number of the last event and the time of the change.
    told = (await scene.theirs.client.get(scene.theirs.journey.path())).json()
    assert scene.stranger.account_id.hex not in str(told)
    events = await _rejected(scene)
    assert events[-1]["code"] == "actor_not_found"


def test_every_step_names_its_account(scene: Scene) -> None:
    for step in _steps(scene):
        assert "account_id" in _account_fields(_input_of(step)), step.__name__


@pytest.mark.parametrize("queue", ALL_QUEUES)
async def test_no_step_of_a_worker_reaches_a_session_in_the_name_of_another_account(
    scene: Scene, queue: str
) -> None:
    before = await scene.theirs.rows()
    for step in activities_of(queue, scene.resources):
        message = make_message(
            _input_of(step),
            **scene.known(
                account_id=scene.stranger.account_id,
                session_id=scene.session_id,
                actor_id=scene.stranger.user_id(),
                message_ids=[uuid4()],
                number=1,
            ),
        )
        with pytest.raises(ApplicationError) as refusal:
            await ActivityEnvironment().run(step, message)
        # Tried again it would be refused again, and it tells nothing of what is there.
        assert refusal.value.non_retryable, f"{step.__name__}: {refusal.value}"
        assert scene.theirs.mark not in str(refusal.value)
        assert await scene.theirs.rows() == before, f"{step.__name__} changes rows of another account"


def _only(arguments: list[Any] | None) -> type[BaseModel]:
    assert arguments is not None
    (kind,) = arguments
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    return kind


def _steps(scene: Scene) -> list[Any]:
    return [step for queue in ALL_QUEUES for step in activities_of(queue, scene.resources)]


def _input_of(step: Any) -> type[BaseModel]:
    hints = get_type_hints(step)
    hints.pop("return", None)
    return _only(list(hints.values()))


def _account_fields(kind: type[BaseModel]) -> set[str]:
    """Names of fields, also of the messages inside."""
    inner = [
        field.annotation
        for field in kind.model_fields.values()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    ]
    return set(kind.model_fields).union(*(_account_fields(one) for one in inner))


def _handle(scene: Scene) -> Any:
    return scene.theirs.application.workflow(scene.session_id)


async def _history_length(scene: Scene) -> int:
    length: int = (await _handle(scene).describe()).history_length
    return length


async def _rejected(scene: Scene) -> list[dict[str, Any]]:
    async with scene.theirs.application.database.tenant(scene.theirs.account_id) as db:
        found = await db.execute(
            select(SessionEvent.payload)
            .where(
                SessionEvent.session_id == scene.session_id, SessionEvent.type == EventType.COMMAND_REJECTED
            )
            .order_by(SessionEvent.seq)
        )
        return list(found.scalars())
