"""Rows of a session as they would stand in the tables, for tests of reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.vocabulary import IntakeType, SessionStatus
from infra.database.connection import Database
from infra.database.models import Session
from tests.support.tenants import Tenant

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def session_row(tenant: Tenant, minute: int, title: str, **values: Any) -> Session:
    """A session that was last changed `minute` minutes after START."""
    moment = START + timedelta(minutes=minute)
    return Session(
        **{
            "id": uuid4(),
            "account_id": tenant.account_id,
            "title": title,
            "status": SessionStatus.ACTIVE,
            "intake_type": IntakeType.FREE_TEXT,
            "started_by": tenant.user_id(),
            "engineer_id": tenant.user_id(),
            "created_at": START,
            "updated_at": moment,
            "last_activity_at": moment,
            **values,
        }
    )


async def store(database: Database, *rows: Any) -> None:
    """Write rows past row level security, in the order of their foreign keys."""
    async with database.admin() as db:
        for row in rows:
            db.add(row)
            await db.flush()
