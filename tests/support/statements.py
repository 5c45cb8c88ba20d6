"""Listening to what a process sends to its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from infra.database.connection import Database


class Statements:
    """What was sent to the database, with its parameters."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    @contextmanager
    def of(self, database: Database) -> Iterator[None]:
        """Keep what is sent while the block runs."""
        engine = database._engine.sync_engine

        def take(_c: Any, _u: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
            self.sent.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", take)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", take)
