"""Writing the digest that stands for the older part of a long conversation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.failures import explained
from activities.llm_calls import llm_call_row
from activities.turn.history import as_history
from domain.digest import compose_digest, plain_talk, talk_of
from domain.history import SaidMessage, digestible, in_order_of_answers, is_outgrown, taken_in_one_go
from domain.pilot import DigestRequest, DraftedDigest, FixView, LaneItemView, PilotRejected, PilotUnavailable
from domain.session_state import SessionSnapshot
from domain.text import drop_unstorable
from domain.uploads import told_with_files
from domain.vocabulary import GeneratedBy, LaneItemStatus, TurnState
from infra.crash_points import CrashPoint, reached
from infra.database.connection import Database
from infra.database.models import Fact, LaneItem, Message, SessionDigest
from infra.database.rows import fix_view, read_fixes
from infra.pilots.factory import Pilots
from infra.session_record.transaction import SessionTransaction, finish, session_transaction
from workflows.troubleshooting_session.messages import WriteDigest

logger = structlog.get_logger()

READ_MESSAGES = 400
"""Messages looked at in one go."""
LISTED_CHARACTERS = 500
"""What is read of an answer or an output for its line in the list."""

_PENDING = (TurnState.QUEUED, TurnState.RUNNING, TurnState.FAILED)


@dataclass(frozen=True)
class _Material:
    """What a digest is made of. `messages` are those that it will stand for; none when the history fits as it is."""

    version: int
    talk: str
    messages: list[SaidMessage]
    fixes: list[FixView]
    items: list[LaneItemView]

    @property
    def upto_seq(self) -> int:
        return max(message.seq for message in self.messages)

    def request(self) -> DigestRequest:
        return DigestRequest(
            previous=self.talk or None, messages=[as_history(message) for message in self.messages]
        )


class DigestActivities:
    """The activity on digests."""

    def __init__(self, database: Database, pilots: Pilots) -> None:
        self._database = database
        self._pilots = pilots

    @activity.defn
    @explained
    async def write_digest(self, request: WriteDigest) -> SessionSnapshot:
        """Store the next digest when the history is still too long for a turn; each version is written once."""
        async with self._database.tenant(request.account_id) as db:
            material = await _read_material(db, request.session_id)
        draft: DraftedDigest | None = None
        if material.messages:
            started = time.monotonic()
            draft = await self._draft(material)
            seconds = time.monotonic() - started
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            if material.messages:
                stored = await _store(transaction, material, draft)
                if stored and draft is not None:
                    transaction.db.add(
                        llm_call_row(
                            account_id=request.account_id,
                            session_id=request.session_id,
                            action="digest",
                            provider=self._pilots.primary.provider,
                            model=draft.model,
                            usage=draft.usage,
                            seconds=seconds,
                            attempt=activity.info().attempt,
                        )
                    )
            transaction.session.digest_due = bool(material.messages) and is_outgrown(
                await _lengths_after(transaction.db, request.session_id, material.upto_seq)
            )
            return await finish(transaction)

    async def _draft(self, material: _Material) -> DraftedDigest | None:
        """The model's text; None without a model, or when it fails: the plain digest does not wait for it."""
        try:
            draft = await self._pilots.primary.write_digest(material.request())
        except (PilotUnavailable, PilotRejected) as error:
            logger.warning("digest.model_unavailable", reason=type(error).__name__)
            return None
        await reached(CrashPoint.AFTER_MODEL)
        return draft if draft is not None and draft.text.strip() else None


async def _read_material(db: AsyncSession, session_id: UUID) -> _Material:
    latest = (
        await db.execute(
            select(SessionDigest)
            .where(SessionDigest.session_id == session_id)
            .order_by(SessionDigest.version.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    read = await _read_messages(db, session_id, latest.upto_seq if latest else 0)
    messages = digestible(taken_in_one_go(read))
    return _Material(
        version=latest.version + 1 if latest else 1,
        talk=talk_of(latest.text if latest else None),
        messages=messages,
        fixes=[fix_view(fix) for fix in await read_fixes(db, session_id)] if messages else [],
        items=await _read_answered(db, session_id) if messages else [],
    )


async def _read_messages(db: AsyncSession, session_id: UUID, after: int) -> list[SaidMessage]:
    """What was said since the last digest, up to the first message that still waits for its answer."""
    pending = (
        select(Message.seq)
        .where(Message.session_id == session_id, Message.turn_state.in_(_PENDING))
        .order_by(Message.seq)
        .limit(1)
    )
    first_pending = (await db.execute(pending)).scalar_one_or_none()
    query = (
        select(Message.seq, Message.role, Message.text, Message.turn_id, Message.uploads)
        .where(Message.session_id == session_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(READ_MESSAGES)
    )
    if first_pending is not None:
        query = query.where(Message.seq < first_pending)
    return in_order_of_answers(
        [
            SaidMessage(
                seq, role, told_with_files(words, [one["file_name"] for one in uploads or []]), turn_id
            )
            for seq, role, words, turn_id, uploads in await db.execute(query)
        ]
    )


async def _lengths_after(db: AsyncSession, session_id: UUID, upto_seq: int) -> list[int]:
    """Lengths of what a digest leaves, as it is now: turns went on while it was written."""
    lengths = await db.execute(
        select(func.length(Message.text))
        .where(Message.session_id == session_id, Message.seq > upto_seq)
        .order_by(Message.seq)
        .limit(READ_MESSAGES)
    )
    return list(lengths.scalars())


async def _read_answered(db: AsyncSession, session_id: UUID) -> list[LaneItemView]:
    """Answered items that no fact was made of, in the order in which they were answered."""
    is_fact = (
        select(Fact.id)
        .where(Fact.session_id == session_id, Fact.source_ref == LaneItem.id, Fact.deleted_at.is_(None))
        .exists()
    )
    rows = await db.execute(
        select(
            LaneItem.id,
            LaneItem.kind,
            LaneItem.text,
            LaneItem.status,
            func.left(LaneItem.answer, LISTED_CHARACTERS).label("answer"),
            func.left(LaneItem.output, LISTED_CHARACTERS).label("output"),
        )
        .where(LaneItem.session_id == session_id, LaneItem.status == LaneItemStatus.ANSWERED, ~is_fact)
        .order_by(LaneItem.answered_at, LaneItem.position)
    )
    return [LaneItemView.model_validate(dict(row)) for row in rows.mappings()]


async def _store(transaction: SessionTransaction, material: _Material, draft: DraftedDigest | None) -> bool:
    """Whether this call wrote the version: of two attempts at the same one the first counts."""
    talk = draft.text if draft else plain_talk(material.talk, material.request().messages)
    stored = await transaction.db.execute(
        insert(SessionDigest)
        .values(
            id=uuid4(),
            account_id=transaction.session.account_id,
            session_id=transaction.session.id,
            version=material.version,
            upto_seq=material.upto_seq,
            text=drop_unstorable(compose_digest(talk, material.fixes, material.items)),
            generated_by=GeneratedBy.MODEL if draft else GeneratedBy.RENDERER,
            model=draft.model if draft else None,
            created_at=transaction.now,
        )
        .on_conflict_do_nothing(index_elements=["session_id", "version"])
        .returning(SessionDigest.id)
    )
    return stored.first() is not None
