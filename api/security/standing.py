"""Whether a token still counts: its sign-in has not ended, and its user is active. Asked of the database now and then.

A token lasts a quarter of an hour; this is what ends it sooner. The answer is kept for `FRESH_SECONDS`, so that reading
costs no statement more, and a disabled user or an ended sign-in is out within that time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy import select

from api.security.tokens import Identity
from infra.database.connection import Database
from infra.database.faults import is_transient
from infra.database.models import LoginSession, User

logger = structlog.get_logger()

FRESH_SECONDS = 20.0
STALE_SECONDS = 55.0
"""While the database is away an older answer counts, but never for a whole minute."""
KEPT = 10_000

_Who = tuple[UUID, UUID, UUID]
"""Sign-in, user and account of a token: an answer for one of them together is none for another combination."""


class Standing:
    """What the database said of sign-ins, per process."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[_Who, tuple[float, Identity | None]] = {}
        self._asking: dict[_Who, asyncio.Task[Identity | None]] = {}
        self._forgotten = 0

    async def of(self, identity: Identity) -> Identity | None:
        """The identity with the rights that the user has now; None when the sign-in counts no more."""
        who = (identity.login_session_id, identity.user_id, identity.account_id)
        known = self._known.get(who)
        if known is not None and self._clock() - known[0] < FRESH_SECONDS:
            return known[1]
        try:
            return await self._asked_once(who, identity)
        except Exception as error:
            # By now: a database that hangs takes its time to fail.
            if known is None or self._clock() - known[0] >= STALE_SECONDS or not is_transient(error):
                raise
            return known[1]

    def forget(self) -> None:
        """Ask again from now on: somebody's sign-in was ended or rights were changed in this process."""
        self._forgotten += 1
        self._known.clear()
        self._asking.clear()

    async def _asked_once(self, who: _Who, identity: Identity) -> Identity | None:
        """A page sends several requests at once: one question answers them all, whoever of them gives up."""
        asking = self._asking.get(who)
        if asking is None:
            asking = self._asking[who] = asyncio.create_task(self._ask_and_keep(who, identity))
            asking.add_done_callback(lambda done: self._answered(who, done))
        return await asyncio.shield(asking)

    def _answered(self, who: _Who, asking: asyncio.Task[Identity | None]) -> None:
        if self._asking.get(who) is asking:
            del self._asking[who]
        if not asking.cancelled():
            asking.exception()  # told to those who wait; nobody may be left

    async def _ask_and_keep(self, who: _Who, identity: Identity) -> Identity | None:
        asked, forgotten = self._clock(), self._forgotten
        found = await self._ask(identity)
        if len(self._known) >= KEPT:
            self._known = {key: one for key, one in self._known.items() if asked - one[0] < FRESH_SECONDS}
        if forgotten == self._forgotten:
            self._known[who] = asked, found
        return found

    async def _ask(self, identity: Identity) -> Identity | None:
        async with self._database.admin() as db:
            row = (
                await db.execute(
                    select(User.role, User.is_super_admin)
                    .join(LoginSession, LoginSession.user_id == User.id)
                    .where(
                        LoginSession.id == identity.login_session_id,
                        LoginSession.ended_at.is_(None),
                        LoginSession.account_id == identity.account_id,
                        User.id == identity.user_id,
                        User.is_active,
                    )
                )
            ).one_or_none()
        return replace(identity, role=row.role, is_super_admin=row.is_super_admin) if row else None
