"""Reading what the rows of a session say for a turn: one statement, which answers JSON for the types of a turn.

A turn reads up to a hundred messages, forty items and all facts. As objects of the mapper they would cost more than
the database needs to find them, and as five statements more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.history import LIMIT_MESSAGES, MESSAGE_CHARACTERS
from domain.pilot import EngineerInput, FactView, FixView, LaneItemView
from domain.vocabulary import MessageRole

CLOSED_ITEMS = 40
"""Questions and checks that are not open any more and are given all the same: the latest ones."""

# `digest` and `asked` are subqueries of their own because row level security keeps conditions that compute something
# away from the index. Messages that wait for a turn are not history yet. The mapper writes None into a JSON column as
# the null of JSON.
_READ = text(
    """
    WITH asked AS (
      SELECT m.seq, m.id AS message_id, m.text,
        COALESCE(NULLIF(m.answers, 'null'), '[]') AS answers, COALESCE(NULLIF(m.uploads, 'null'), '[]') AS uploads
      FROM messages m WHERE m.session_id = :session_id AND m.id = ANY(:message_ids)
    ), digest AS (
      SELECT upto_seq, text FROM session_digests WHERE session_id = :session_id ORDER BY version DESC LIMIT 1
    ), since AS (
      SELECT COALESCE(max(upto_seq), 0) AS seq FROM digest
    ), said AS (
      SELECT m.seq, m.role, left(m.text, :characters) AS text, m.turn_id,
        CASE jsonb_typeof(m.uploads) WHEN 'array'
          THEN ARRAY(SELECT one ->> 'file_name' FROM jsonb_array_elements(m.uploads) one) END AS files
      FROM messages m
      WHERE m.session_id = :session_id AND m.seq > (SELECT seq FROM since)
        AND m.id <> ALL(:message_ids) AND m.turn_state IS DISTINCT FROM 'queued'
      ORDER BY m.seq DESC LIMIT :messages
    ), lane AS (
      SELECT * FROM lane_items WHERE session_id = :session_id AND status = 'open'
      UNION ALL (
        SELECT * FROM lane_items WHERE session_id = :session_id AND status <> 'open'
        ORDER BY COALESCE(answered_at, created_at) DESC
        LIMIT GREATEST(:closed_items, (SELECT sum(jsonb_array_length(answers)) FROM asked))
      )
    )
    SELECT json_build_object(
      'asked', (SELECT json_agg(a ORDER BY a.seq) FROM asked a),
      'digest', (SELECT text FROM digest),
      'said', (SELECT json_agg(json_build_array(s.seq, s.role, s.text, s.turn_id, s.files) ORDER BY s.seq) FROM said s),
      'lane', (SELECT json_agg(
        json_build_object('id', l.id, 'kind', l.kind, 'text', l.text, 'status', l.status, 'context', l.context,
          'options', l.options, 'command', l.command, 'description', l.description, 'action', l.action,
          'answer', l.answer, 'output', l.output) ORDER BY l.position) FROM lane l),
      'facts', (SELECT json_agg(json_build_object('id', f.id, 'text', f.text, 'source_type', f.source_type)
          ORDER BY f.seq) FROM facts f WHERE f.session_id = :session_id AND f.deleted_at IS NULL),
      'fixes', (SELECT json_agg(
        json_build_object('id', x.id, 'title', x.title, 'description', x.description,
          'confidence_pct', x.confidence_pct, 'status', x.status, 'applied_at', x.applied_at,
          'verified_at', x.verified_at, 'superseded', x.superseded_at IS NOT NULL,
          'partial_notes', x.partial_notes, 'failure_reason', x.failure_reason)
          ORDER BY x.created_at, x.id) FROM fixes x WHERE x.session_id = :session_id)
    )::text
    """
)


class AskedMessage(EngineerInput):
    """A message that the turn answers, with its number."""

    seq: int


class Said(NamedTuple):
    """An earlier message: `files` are the names of what came with it."""

    seq: int
    role: MessageRole
    text: str
    turn_id: UUID | None
    files: list[str] | None


class TurnRecord(BaseModel):
    """What a turn is told of its session; lists that are empty are None. `said` goes back to where `digest` ends."""

    asked: list[AskedMessage] | None
    digest: str | None
    said: list[Said] | None
    lane: list[LaneItemView] | None
    facts: list[FactView] | None
    fixes: list[FixView] | None


async def read_record(db: AsyncSession, session_id: UUID, message_ids: Sequence[UUID]) -> TurnRecord:
    """What the rows say for a turn that answers `message_ids`, as of this transaction."""
    found = await db.execute(
        _READ,
        {
            "session_id": session_id,
            "message_ids": list(message_ids),
            "characters": MESSAGE_CHARACTERS,
            "messages": LIMIT_MESSAGES,
            "closed_items": CLOSED_ITEMS,
        },
    )
    return TurnRecord.model_validate_json(found.scalar_one())
