"""A turn costs the database few round trips, however much it changes: they are most of what a turn costs us."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from temporalio.testing import ActivityEnvironment

from activities.session_record.conversation import ConversationActivities
from activities.turn.chat_turn import TurnActivities
from domain.commands import Recorded
from infra.config import Settings
from infra.database.connection import Database
from infra.pilots.factory import Pilots
from infra.storage.local import LocalStore
from tests.bench.pilot import GROWING, ZeroTimePilot
from tests.support.statements import Statements
from tests.support.tenants import Tenant, make_tenant
from workflows.troubleshooting_session.messages import EngineerMessage, OpenSession, RunTurn

STATEMENTS = 18
"""Of the three transactions of a turn: the message, the beginning, the reply, which changes the lane."""
NOT_COUNTED = ("set_config", "reply_chunks (")
"""The account of a transaction, which is part of beginning it, and pieces of a reply, which come as time passes."""


class Desk:
    """One session and the steps of its turns, called as a worker calls them."""

    def __init__(self, database: Database, tenant: Tenant, storage: LocalStore) -> None:
        pilot = ZeroTimePilot()
        self._conversation = ConversationActivities(database)
        self._turns = TurnActivities(database, Pilots(primary=pilot, fallback=pilot), storage)
        self._run = ActivityEnvironment().run
        self._tenant = tenant
        self._session_id = uuid4()

    async def open(self) -> None:
        command = OpenSession(**self._command(), text=f"{GROWING}: no mail")
        await self._run(self._conversation.open_session, command)

    async def say(self) -> Recorded:
        command = EngineerMessage(**self._command(), text="It is as it was before.")
        recorded: Recorded = await self._run(self._conversation.store_message, command)
        return recorded

    async def answer(self, message_ids: list[UUID]) -> None:
        request = RunTurn(
            account_id=self._tenant.account_id,
            session_id=self._session_id,
            turn_id=uuid4(),
            message_ids=message_ids,
        )
        await self._run(self._turns.chat_turn, request)

    def _command(self) -> dict[str, Any]:
        return {
            "command_id": str(uuid4()),
            "request_hash": "a" * 64,
            "account_id": self._tenant.account_id,
            "session_id": self._session_id,
            "actor_id": self._tenant.user_id(),
        }


async def test_a_turn_sends_few_statements_and_writes_the_session_once_a_transaction(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    desk = Desk(database, await make_tenant(database, settings), LocalStore(tmp_path))
    await desk.open()
    await desk.answer((await desk.say()).snapshot.queued)
    statements = Statements()
    with statements.of(database):
        await desk.answer((await desk.say()).snapshot.queued)
    sent = [one for one, _ in statements.sent if not any(word in one for word in NOT_COUNTED)]
    assert len(sent) <= STATEMENTS, "\n".join(" ".join(one.split())[:120] for one in sent)
    assert sum("UPDATE sessions" in one for one in sent) == 3
