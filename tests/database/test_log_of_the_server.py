"""PostgreSQL's own log tells which rule a statement broke, and nothing of the row that broke it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.exc import DBAPIError

from infra.database.connection import Database
from infra.stack.postgres import EmbeddedPostgres
from tests.database.conftest import TwoIds

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"

BROKEN = {
    "uq_lane_items_session_id_kind_normalised_text": (
        "INSERT INTO lane_items SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).* "
        "FROM lane_items l"
    ),
    "ck_sessions_counters": "UPDATE sessions SET state_version = -1",
    "uq_users_email_lower": (
        "INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(), "
        "'role', 'viewer'))).* FROM users u"
    ),
}
"""Statements, by the rule that each of them breaks with what stands in the rows."""


async def test_no_word_of_a_row_that_breaks_a_rule_is_in_the_log(
    postgres: EmbeddedPostgres, database: Database, two_ids: TwoIds
) -> None:
    mark = f"quince{uuid4().hex}"
    async with database.admin() as db:
        await db.execute(sa.text("UPDATE lane_items SET normalised_text = :mark"), {"mark": mark})
        await db.execute(sa.text("UPDATE sessions SET title = :mark"), {"mark": mark})
        await db.execute(
            sa.text("UPDATE users SET email = :mark || id || '@test.example'"), {"mark": f"{mark}."}
        )
    before = postgres.log_path.stat().st_size
    for rule, statement in BROKEN.items():
        with pytest.raises(DBAPIError) as refusal:
            async with database.admin() as db:
                await db.execute(sa.text(statement))
        assert refusal.value.orig is not None
        assert rule in str(refusal.value.orig)
        assert mark in str(getattr(refusal.value.orig.__cause__, "detail", "")), "the server could tell it"
    written = postgres.log_path.read_bytes()[before:].decode()
    for rule in BROKEN:
        assert rule in written, "what went wrong is told"
    assert mark not in written


def test_the_server_of_production_logs_no_more() -> None:
    command = yaml.safe_load(COMPOSE.read_text())["services"]["postgres"]["command"]
    assert "log_error_verbosity=terse" in command
