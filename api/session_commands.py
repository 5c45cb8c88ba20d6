"""Commands of a session: exactly once by key, refused when the key belongs to another request."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.problems import ApiProblem, not_found
from api.security.tokens import Identity
from api.services import Services
from domain.commands import Command, CommandAck
from infra.database.models import Session, SessionEvent

C = TypeVar("C", bound=Command)
R = TypeVar("R", bound=BaseModel)

# Sessions started twice with one key must be one session: its id follows from account, user and key.
_SESSION_IDS = UUID("5b3f7d1e-2f0c-4c38-9c2b-6d1f0a6b7e11")


@dataclass(frozen=True)
class StoredAnswer:
    """What an earlier request with the same key was answered."""

    seq: int
    result: dict[str, Any]


def request_hash(name: str, body: BaseModel | None, *by: UUID) -> str:
    """Tells a repeat from another request under the same key: the same words of somebody else are another one."""
    content = body.model_dump(mode="json") if body is not None else None
    said = [name, content, *(str(one) for one in by)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def session_id_for(identity: Identity, key: str | None) -> UUID:
    """The id of a new session."""
    return uuid5(_SESSION_IDS, f"{identity.account_id}/{identity.user_id}/{key}") if key else uuid4()


class SessionCommands:
    """Commands of one request. Make one per request."""

    def __init__(self, services: Services, identity: Identity, session_id: UUID, key: str | None) -> None:
        self._services = services
        self._identity = identity
        self.session_id = session_id
        self.command_id = key or str(uuid4())

    async def stored_answer(self, name: str, body: BaseModel | None) -> StoredAnswer | None:
        """The answer of an earlier request with this key. Raises 404 for a foreign session, 422 for a reused key."""
        async with self._services.database.tenant(self._identity.account_id) as db:
            if (await db.execute(select(Session.id).where(Session.id == self.session_id))).first() is None:
                raise not_found("session", "session_not_found")
            event = await self._recorded(db)
        if event is None:
            return None
        self.check_repeat(event.request_hash, name, body)
        return StoredAnswer(event.seq, event.result or {})

    async def _recorded(self, db: AsyncSession) -> SessionEvent | None:
        """The event that records the command of this key."""
        found = await db.execute(
            select(SessionEvent).where(
                SessionEvent.session_id == self.session_id, SessionEvent.command_id == self.command_id
            )
        )
        return found.scalar_one_or_none()

    def hash_of(self, name: str, body: BaseModel | None) -> str:
        """The hash of a request of this user."""
        return request_hash(name, body, self._identity.user_id)

    def check_repeat(self, stored: str | None, name: str, body: BaseModel | None) -> None:
        """Raise 422 when the key is recorded for another request."""
        # Earlier versions did not record whose request it was.
        if stored != request_hash(name, body):
            self.check_hash(stored, self.hash_of(name, body))

    @staticmethod
    def check_hash(stored: str | None, sent: str) -> None:
        """Raise 422 when the key was used for another request."""
        if stored and stored != sent:
            raise ApiProblem(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request. Use a new one.",
            )

    def command(self, kind: type[C], name: str, body: BaseModel | None, **fields: Any) -> C:
        """A message with the parts every command has."""
        return kind(
            command_id=self.command_id,
            request_hash=self.hash_of(name, body),
            account_id=self._identity.account_id,
            session_id=self.session_id,
            actor_id=self._identity.user_id,
            **fields,
        )

    async def send(self, update: str, command: Command, result: type[R], **options: Any) -> R:
        """Send the command to the session's workflow. Raises 409 while another request with its key is worked on.

        A conflict is believed when it is told twice, the second time by a workflow that knows all that is stored:
        worker and server may have died together after a command was stored and before its run had taken it, or a
        writeback has ended in the rows a moment before its session hears of it.
        """
        try:
            return await self._send_or_find(update, command, result, **options)
        except ApiProblem as problem:
            if problem.status != 409:
                raise
        await self._let_it_catch_up()
        return await self._send_or_find(update, command, result, **options)

    async def _send_or_find(self, update: str, command: Command, result: type[R], **options: Any) -> R:
        """Send it, and do not refuse what is recorded.

        A server that dies may take an update to its workflow a second time, after its step has stored it: then it is
        judged once more, by what has become of the session since.
        """
        try:
            return await self._send(update, command, result, **options)
        except ApiProblem as problem:
            if problem.status >= 500:
                raise
            async with self._services.database.tenant(self._identity.account_id) as db:
                event = await self._recorded(db)
            if event is None or event.request_hash != command.request_hash:
                raise
        changed = (event.result or {}).get("id")
        return result.model_validate(
            {
                "seq": event.seq,
                "request_hash": event.request_hash,
                "entity_id": changed if isinstance(changed, str) else None,
            }
        )

    async def _let_it_catch_up(self) -> None:
        """Wait a moment for a workflow that is behind what is stored. Raises ApiProblem 503 when it stays so."""
        async with self._services.database.tenant(self._identity.account_id) as db:
            found = await db.execute(
                select(Session.last_seq, Session.status).where(Session.id == self.session_id)
            )
            stored = found.one_or_none()
        if stored is not None:
            await self._services.gateway.catch_up(self.session_id, stored.last_seq, stored.status)

    async def _send(self, update: str, command: Command, result: type[R], **options: Any) -> R:
        return await self._services.gateway.send(
            update,
            command,
            result,
            account_id=self._identity.account_id,
            session_id=self.session_id,
            engineer_id=self._identity.user_id,
            # A repeat is the same update; another request under the same key is told apart by the workflow.
            update_id=f"{command.command_id}/{command.request_hash[:16]}",
            **options,
        )

    async def run(
        self, update: str, kind: type[C], name: str, body: BaseModel | None, **fields: Any
    ) -> StoredAnswer:
        """Send a command that has not run yet and read the answer that was stored with it."""
        stored = await self.stored_answer(name, body)
        if stored is not None:
            return stored
        command = self.command(kind, name, body, **fields)
        ack = await self.send(update, command, CommandAck)
        self.check_hash(ack.request_hash, command.request_hash)
        return await self.answer_at(ack.seq)

    async def answer_at(self, seq: int) -> StoredAnswer:
        """What was stored with the command that the event of this number records."""
        async with self._services.database.tenant(self._identity.account_id) as db:
            event = await db.get(SessionEvent, (self.session_id, seq))
        return StoredAnswer(seq, (event.result if event else None) or {})
