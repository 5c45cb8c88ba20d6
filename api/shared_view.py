"""A session as whoever has a read-only link sees it: what was said and found, without ids, internals and secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.share_links import SharedFact, SharedFix, SharedItem, SharedMessage, SharedSession
from domain.psa import NoteVisibility
from domain.redaction import redact_secrets
from domain.vocabulary import ArtifactKind, MessageRole, WritebackState
from infra.database.models import Fact, Fix, LaneItem, Message, Session, ShareLink, User, Writeback

MESSAGES_SHOWN = 50
ROWS_SHOWN = 300
"""Of facts, fixes and lane items the latest; a session rarely has that many."""

# System lines tell of escalations and of the ticketing system: they are for the team.
_SHARED_ROLES = (MessageRole.ENGINEER, MessageRole.PILOT)


@dataclass(frozen=True)
class _Rows:
    """What a page of the view is made of; lists are latest first, as they were read."""

    link: ShareLink
    session: Session
    messages: Sequence[Message]
    older: int | None
    names: dict[UUID, str]
    facts: Sequence[Fact]
    lane: Sequence[LaneItem]
    fixes: Sequence[Fix]
    note: str | None


async def read_shared(
    db: AsyncSession, link: ShareLink, session: Session, *, before: int | None
) -> SharedSession:
    """The session of a link; `before` is the number of the oldest message known."""
    messages, older = await _read_messages(db, session.id, before)
    people = {session.engineer_id, session.started_by, *(row.author_id for row in messages if row.author_id)}
    facts = (
        select(Fact).where(Fact.session_id == session.id, Fact.deleted_at.is_(None)).order_by(Fact.seq.desc())
    )
    lane = select(LaneItem).where(LaneItem.session_id == session.id).order_by(LaneItem.position.desc())
    fixes = select(Fix).where(Fix.session_id == session.id).order_by(Fix.created_at.desc(), Fix.id.desc())
    rows = _Rows(
        link=link,
        session=session,
        messages=messages,
        older=older,
        names=await _first_names(db, people),
        facts=(await db.execute(facts.limit(ROWS_SHOWN))).scalars().all(),
        lane=(await db.execute(lane.limit(ROWS_SHOWN))).scalars().all(),
        fixes=(await db.execute(fixes.limit(ROWS_SHOWN))).scalars().all(),
        note=await _read_note(db, session.id),
    )
    # Taking secrets out of long texts takes a while, and other requests go on meanwhile.
    return await asyncio.to_thread(_shared_session, rows)


async def _read_messages(
    db: AsyncSession, session_id: UUID, before: int | None
) -> tuple[Sequence[Message], int | None]:
    query = select(Message).where(Message.session_id == session_id, Message.role.in_(_SHARED_ROLES))
    if before is not None:
        query = query.where(Message.seq < before)
    found = await db.execute(query.order_by(Message.seq.desc()).limit(MESSAGES_SHOWN + 1))
    rows = found.scalars().all()
    shown = rows[:MESSAGES_SHOWN]
    return shown, shown[-1].seq if len(rows) > MESSAGES_SHOWN else None


async def _first_names(db: AsyncSession, user_ids: set[UUID]) -> dict[UUID, str]:
    found = await db.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {user_id: (name.split() or [""])[0] for user_id, name in found}


async def _read_note(db: AsyncSession, session_id: UUID) -> str | None:
    """The last confirmed resolution note. One that the ticket shows to the team alone is not shared either."""
    found = await db.execute(
        select(Writeback.markdown)
        .where(
            Writeback.session_id == session_id,
            Writeback.kind == ArtifactKind.RESOLUTION_NOTE,
            Writeback.state == WritebackState.DONE,
            or_(Writeback.visibility.is_(None), Writeback.visibility != NoteVisibility.INTERNAL),
        )
        .order_by(Writeback.number.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


def _shared_session(rows: _Rows) -> SharedSession:
    session = rows.session
    return SharedSession(
        title=redact_secrets(session.title),
        status=session.status,
        problem_summary=_redacted(session.problem_summary),
        engineer=rows.names.get(session.engineer_id, ""),
        started_by=rows.names.get(session.started_by, ""),
        created_at=session.created_at,
        updated_at=session.updated_at,
        resolved_at=session.resolved_at,
        messages=[_shared_message(row, rows.names) for row in reversed(rows.messages)],
        older_cursor=rows.older,
        facts=[
            SharedFact(text=redact_secrets(row.text), summary=_redacted(row.source_summary))
            for row in reversed(rows.facts)
        ],
        lane=[_shared_item(row) for row in reversed(rows.lane)],
        fixes=[_shared_fix(row) for row in reversed(rows.fixes)],
        note=_redacted(rows.note),
        expires_at=rows.link.expires_at,
    )


def _shared_message(row: Message, names: dict[UUID, str]) -> SharedMessage:
    return SharedMessage(
        by_pilot=row.role is MessageRole.PILOT,
        author=names.get(row.author_id) if row.author_id else None,
        text=redact_secrets(row.text),
        files=[redact_secrets(str(upload["file_name"])) for upload in row.uploads or []],
        created_at=row.created_at,
    )


def _shared_item(row: LaneItem) -> SharedItem:
    return SharedItem(
        kind=row.kind,
        text=redact_secrets(row.text),
        command=_redacted(row.command),
        status=row.status,
        answer=_redacted(row.answer),
        output=_redacted(row.output),
    )


def _shared_fix(row: Fix) -> SharedFix:
    return SharedFix(
        title=redact_secrets(row.title),
        description=redact_secrets(row.description),
        status=row.status,
        superseded=row.superseded_at is not None,
        notes=_redacted(row.partial_notes or row.failure_reason),
        applied_at=row.applied_at,
        verified_at=row.verified_at,
    )


def _redacted(text: str | None) -> str | None:
    return redact_secrets(text) if text is not None else None
