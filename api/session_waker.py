"""Waking sessions that have something to do and whose workflow is not there to do it, or does not know of it.

A command starts the workflow it needs. But a reply that was in progress, a note on its way or a pause that is due must
not wait for the next command: nobody may send one. So the rows are looked through for what is unfinished.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from temporalio.service import RPCError, RPCStatusCode

from api.session_gateway import SessionGateway
from infra.database.connection import Database

logger = structlog.get_logger()

EVERY = timedelta(seconds=10)
QUIET_FOR = timedelta(seconds=10)
"""A session that wrote something this recently has a workflow. Together with EVERY this is the longest that a reply
stands still when nobody sends anything: short enough for the half minute after which a session is usable again."""

_PAGE = 500
_AT_ONCE = 8
_AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.UNAUTHENTICATED})
"""What Temporal answers to whoever asks; anything else is about one session."""

# Each part walks a partial index that holds what is unfinished and nothing else.
_FIND = text(
    """
    WITH unfinished AS (
      SELECT session_id AS id FROM messages WHERE turn_state IN ('queued', 'running')
      UNION SELECT session_id FROM writebacks WHERE state = 'running'
      UNION SELECT session_id FROM spin_off_tickets WHERE state = 'running'
      UNION SELECT id FROM sessions WHERE status = 'active' AND last_activity_at < :idle_since
    )
    SELECT s.id, s.account_id, s.engineer_id, s.last_seq,
      ARRAY(SELECT t.id FROM spin_off_tickets t WHERE t.session_id = s.id AND t.state = 'running') AS spin_offs
    FROM unfinished JOIN sessions s USING (id)
    WHERE s.updated_at < :quiet_since AND (CAST(:after AS uuid) IS NULL OR s.id > :after)
    ORDER BY s.id LIMIT :page
    """
)


@dataclass(frozen=True)
class Unfinished:
    """A session with a reply to give, a note or a second ticket on its way, or a pause that is due."""

    id: UUID
    account_id: UUID
    engineer_id: UUID
    last_seq: int
    """The number of its last event."""
    spin_offs: list[UUID]
    """Second tickets that are to be created."""


class SessionWaker:
    """Looks when the process starts and every ten seconds after that.

    Starting what runs is refused by Temporal, and reading the rows twice changes nothing, so any number of processes
    may look at once.
    Where a closed session only lingers there is nothing to do: what a reopen may do is judged by the rows.
    """

    def __init__(self, database: Database, gateway: SessionGateway, *, inactivity: timedelta) -> None:
        self._database = database
        self._gateway = gateway
        self._inactivity = inactivity
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(self._wake_for_ever())

    async def aclose(self) -> None:
        """Stop; the next process to start looks again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wake(self, now: datetime, *, quiet_for: timedelta = QUIET_FOR) -> int:
        """Start or remind all sessions with something to do that is not being done; answers how many it were.

        Raises RPCError or RuntimeError when Temporal cannot be reached, and what the database raises.
        """
        woken = 0
        async for page in self._unfinished(now, quiet_for):
            for start in range(0, len(page), _AT_ONCE):
                some = page[start : start + _AT_ONCE]
                woken += sum(await asyncio.gather(*(self._wake_one(one) for one in some)))
        return woken

    async def _wake_one(self, one: Unfinished) -> bool:
        """Start its run, or tell the one that lives what it has missed. Answers whether either was needed.

        A session that cannot be helped is left for the next look: those after it do not wait for it.
        """
        try:
            if await self._gateway.wake(one.account_id, one.id, one.engineer_id):
                return True
            return await self._gateway.remind(one.id, one.last_seq, one.spin_offs)
        except Exception as error:
            if isinstance(error, RuntimeError) or (isinstance(error, RPCError) and error.status in _AWAY):
                raise  # nobody can be helped
            logger.warning("session.not_woken", session_id=str(one.id), error=type(error).__name__)
            return False

    async def _unfinished(self, now: datetime, quiet_for: timedelta) -> AsyncIterator[list[Unfinished]]:
        """Page by page over all accounts, each in a short transaction of its own."""
        after: UUID | None = None
        while True:
            async with self._database.admin() as db:
                found = await db.execute(
                    _FIND,
                    {
                        "idle_since": now - self._inactivity,
                        "quiet_since": now - quiet_for,
                        "after": after,
                        "page": _PAGE,
                    },
                )
                page = [Unfinished(**row._mapping) for row in found]
            if page:
                yield page
                after = page[-1].id
            if len(page) < _PAGE:
                return

    async def _wake_for_ever(self) -> None:
        while True:
            try:
                woken = await self.wake(datetime.now(UTC))
                if woken:
                    logger.info("sessions.woken", count=woken)
            except Exception as error:
                logger.warning("sessions.wake_failed", error=type(error).__name__)
            await asyncio.sleep(EVERY.total_seconds())
