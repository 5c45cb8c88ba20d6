"""Whether a token still counts: its sign-in has not ended, and its user is active. Asked of the database now and then.

A token lasts a quarter of an hour; this is what ends it sooner. The answer is kept for `FRESH_SECONDS`, so that reading
costs no statement more, and a disabled user or an ended sign-in is out within that time.
"""

from __future__ import annotations

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

    async def of(self, identity: Identity) -> Identity | None:
        """The identity with the rights that the user has now; None when the sign-in counts no more."""
        who = (identity.login_session_id, identity.user_id, identity.account_id)
        known = self._known.get(who)
        age = self._clock() - known[0] if known else None
        if known is not None and age is not None and age < FRESH_SECONDS:
            return known[1]
        asked = self._clock()
        try:
            found = await self._ask(identity)
        except Exception as error:
            if known is None or age is None or age >= STALE_SECONDS or not is_transient(error):
                raise
            return known[1]
        if len(self._known) >= KEPT:
            self._known = {key: one for key, one in self._known.items() if asked - one[0] < FRESH_SECONDS}
        self._known[who] = asked, found
        return found

    def forget(self) -> None:
        """Ask again from now on: somebody's sign-in was ended or rights were changed in this process."""
        self._known.clear()

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
