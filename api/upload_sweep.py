"""Removing what nobody needs any more: uploads that no message took, and counters of limits that are whole again."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, select

from infra.database.connection import Database
from infra.database.models import Upload
from infra.rate_limits import sweep_rate_limits
from infra.storage.store import ObjectStore

logger = structlog.get_logger()

KEPT_FOR = timedelta(days=1)
EVERY = timedelta(hours=1)


async def sweep_unclaimed_uploads(database: Database, storage: ObjectStore, now: datetime) -> int:
    """Delete what is older than a day and belongs to no session; answers how many it were.

    One at a time, bytes before row, with the row locked: a crash leaves a row that the next sweep finds, a message
    that takes the upload meanwhile waits and finds none, and another process that sweeps passes it over.
    Raises StorageUnavailable; what was not deleted stays for the next time.
    """
    swept = 0
    while True:
        async with database.admin() as db:
            row = (
                await db.execute(
                    select(Upload)
                    .where(Upload.session_id.is_(None), Upload.created_at < now - KEPT_FOR)
                    .order_by(Upload.created_at)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
            ).scalar_one_or_none()
            if row is None:
                return swept
            for key in (row.storage_key, row.thumbnail_key):
                if key is not None:
                    await storage.delete(key)
            await db.execute(delete(Upload).where(Upload.id == row.id))
            swept += 1


class UploadSweeper:
    """Sweeps when the process starts and every hour after that. A sweep that fails is made up by the next."""

    def __init__(self, database: Database, storage: ObjectStore) -> None:
        self._database = database
        self._storage = storage
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(self._sweep_for_ever())

    async def aclose(self) -> None:
        """Stop; a sweep in progress is given up."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                swept = await sweep_unclaimed_uploads(self._database, self._storage, datetime.now(UTC))
                if swept:
                    logger.info("uploads.swept", count=swept)
                await sweep_rate_limits(self._database)
            except Exception as error:
                logger.warning("uploads.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(EVERY.total_seconds())
