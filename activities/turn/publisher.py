"""Telling readers the prose of a reply while it is written: small pieces, stored and announced together."""

from __future__ import annotations

import json
import time

from sqlalchemy import delete, func, select, text

from infra.database.connection import Database
from infra.database.models import ReplyChunk
from workflows.troubleshooting_session.messages import RunTurn

CHANNEL = "reply_deltas"
FLUSH_INTERVAL = 0.03
"""Seconds between two pieces. What comes after a longer silence goes out at once; what comes faster waits for the
next piece, so that a reply costs at most some thirty small transactions a second."""
PIECE_CHARACTERS = 1_200
"""A notification holds less than 8,000 bytes; a character takes at most six of them as JSON."""

# One round trip: the piece, its announcement, and that nobody waits for the disk. A piece that a crash loses comes
# again with the retried attempt.
_PUBLISH = text(
    """
    WITH piece AS (
      INSERT INTO reply_chunks (account_id, session_id, turn_id, position, text)
      VALUES (:account_id, :session_id, :turn_id, :position, :text)
    )
    SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, :notice)
    """
)


class ReplyPublisher:
    """Collects prose and publishes it in pieces. A reply that is complete at once is never published in pieces."""

    def __init__(self, database: Database, request: RunTurn) -> None:
        self._database = database
        self._request = request
        self._pending = ""
        self._position = 0
        self._last_flush = time.monotonic()
        self.published = False

    async def add(self, prose: str) -> None:
        """Take newly visible prose; publishes at once unless a piece went out a moment ago."""
        self._pending += prose
        if self._pending and time.monotonic() - self._last_flush >= FLUSH_INTERVAL:
            await self.flush()

    def due_in(self) -> float | None:
        """Seconds until what is pending should go out; None when nothing is."""
        if not self._pending:
            return None
        return max(0.0, self._last_flush + FLUSH_INTERVAL - time.monotonic())

    async def flush(self) -> None:
        """Publish what is pending."""
        pieces, self._pending = self._pending, ""
        self._last_flush = time.monotonic()
        if not pieces:
            return
        async with self._database.tenant(self._request.account_id) as db:
            for start in range(0, len(pieces), PIECE_CHARACTERS):
                piece = pieces[start : start + PIECE_CHARACTERS]
                await db.execute(
                    _PUBLISH,
                    {
                        "account_id": self._request.account_id,
                        "session_id": self._request.session_id,
                        "turn_id": self._request.turn_id,
                        "position": self._position,
                        "text": piece,
                        "channel": CHANNEL,
                        "notice": self._notice("delta", piece, offset=self._position),
                    },
                )
                self._position += len(piece)
        self.published = True

    async def reset(self) -> None:
        """An earlier attempt is void: readers start over with an empty reply."""
        async with self._database.tenant(self._request.account_id) as db:
            await db.execute(delete(ReplyChunk).where(ReplyChunk.turn_id == self._request.turn_id))
            await db.execute(select(func.pg_notify(CHANNEL, self._notice("reset", ""))))

    def _notice(self, kind: str, piece: str, **more: int) -> str:
        notice = {
            "kind": kind,
            "session_id": str(self._request.session_id),
            "turn_id": str(self._request.turn_id),
            "text": piece,
            **more,
        }
        return json.dumps(notice, ensure_ascii=False)
