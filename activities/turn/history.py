"""Reading what was said before a turn: the latest digest and the messages since, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.history import LIMIT_MESSAGES, MESSAGE_CHARACTERS, SaidMessage, before_turn, within_limit
from domain.pilot import HistoryMessage
from domain.uploads import told_with_files
from domain.vocabulary import MessageRole

# The first row is the digest, when there is one. Messages that wait for a turn are not history yet. `since` is a
# subquery of its own because row level security keeps conditions that compute something away from the index.
_HISTORY = text(
    """
    WITH digest AS (
      SELECT upto_seq, text FROM session_digests WHERE session_id = :session_id ORDER BY version DESC LIMIT 1
    ), since AS (
      SELECT COALESCE(max(upto_seq), 0) AS seq FROM digest
    )
    SELECT upto_seq AS seq, NULL AS role, text, NULL::uuid AS turn_id, NULL::text[] AS files FROM digest
    UNION ALL (
      SELECT m.seq, m.role, left(m.text, :characters), m.turn_id,
        CASE jsonb_typeof(m.uploads) WHEN 'array'
          THEN ARRAY(SELECT one ->> 'file_name' FROM jsonb_array_elements(m.uploads) one) END
      FROM messages m
      WHERE m.session_id = :session_id AND m.seq > (SELECT seq FROM since)
        AND m.id NOT IN :ids AND m.turn_state IS DISTINCT FROM 'queued'
      ORDER BY m.seq DESC LIMIT :messages
    )
    """
).bindparams(bindparam("ids", expanding=True))


class History(NamedTuple):
    """What was said before a turn; `digest` stands for what is older than `messages`."""

    digest: str | None
    messages: list[HistoryMessage]


async def read_history(
    db: AsyncSession, session_id: UUID, inputs: Sequence[UUID], first_input: int
) -> History:
    """The history of a turn that answers the messages `inputs`; `first_input` is the number of the first one."""
    rows = await db.execute(
        _HISTORY,
        {
            "session_id": session_id,
            "ids": list(inputs),
            "characters": MESSAGE_CHARACTERS,
            "messages": LIMIT_MESSAGES,
        },
    )
    digest: str | None = None
    said: list[SaidMessage] = []
    for seq, role, words, turn_id, files in rows:
        if role is None:
            digest = words
        else:
            told = told_with_files(words, files) if files else words
            said.append(SaidMessage(seq, MessageRole(role), told, turn_id))
    said.reverse()
    carried = within_limit([message for message in before_turn(said, first_input) if message.text])
    return History(digest, [as_history(message) for message in carried])


def as_history(message: SaidMessage) -> HistoryMessage:
    """The message as pilots are given it; both parts are known to be good."""
    return HistoryMessage.model_construct(role=message.role, text=message.text)
