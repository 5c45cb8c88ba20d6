"""Making the first account of an installation when the api starts, if its settings name one."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from infra.database.connection import Database
from infra.first_account import FirstAccount, make_first_account

logger = structlog.get_logger()

RETRY_SECONDS = 1.0
FIRST_TRY_SECONDS = 5.0


class FirstAccountMaker:
    """Tries when the process starts, and again until the database is there and migrated."""

    def __init__(self, database: Database, first: FirstAccount | None) -> None:
        self._database = database
        self._first = first
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Begin. Waits for the first try, so that a server with a database answers nobody before the account is there.

        Not for long: without its database the api starts as well.
        """
        if self._first is None:
            return
        self._task = asyncio.create_task(self._until_it_is_there(self._first))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_TRY_SECONDS):
                await self._tried.wait()

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to make any more."""
        return self._first is None or (self._task is not None and self._task.done())

    async def aclose(self) -> None:
        """Stop; the next process to start tries again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _until_it_is_there(self, first: FirstAccount) -> None:
        told = ""
        while True:
            try:
                owner = await make_first_account(self._database, first)
                if owner is not None:
                    logger.info("first_account.made", account_id=str(owner.account_id), user_id=str(owner.id))
                return
            except Exception as error:
                if told != (told := type(error).__name__):
                    logger.warning("first_account.not_made", error=told)
            finally:
                self._tried.set()
            await asyncio.sleep(RETRY_SECONDS)
