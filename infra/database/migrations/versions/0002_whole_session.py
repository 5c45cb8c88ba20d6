"""the whole session

Revision ID: 0002
Revises: 0001
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from infra.database.row_security import isolate_table
from infra.database.session_search import CREATE_SESSION_SEARCH, DROP_SESSION_SEARCH, FILL_SESSION_SEARCH

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "session_digests",
    "draft_templates",
    "spin_off_tickets",
    "share_links",
    "uploads",
)

_ARTIFACTS_BEFORE = ("resolution_note", "escalation_package")
_ARTIFACTS = (*_ARTIFACTS_BEFORE, "update_internal", "update_client", "update_request_info")
_STEPS_BEFORE = ("post_note", "set_status", "verify", "record")
_STEPS = ("post_note", "log_time", "set_status", "verify", "record")
_EVENTS_BEFORE = (
    "session.created",
    "session.changed",
    "message.created",
    "turn.queued",
    "reply.started",
    "reply.completed",
    "reply.failed",
    "lane.changed",
    "fact.created",
    "fact.updated",
    "fact.deleted",
    "fix.proposed",
    "fix.changed",
    "fix.superseded",
    "writeback.progress",
    "draft.ready",
    "command.rejected",
)
_EVENTS = (*_EVENTS_BEFORE, "ticket.changed", "ticket.spun_off")

# table, column, constraint, words before, words now
_WIDENED = (
    ("artifacts", "kind", "artifactkind", _ARTIFACTS_BEFORE, _ARTIFACTS),
    ("writebacks", "kind", "artifactkind", _ARTIFACTS_BEFORE, _ARTIFACTS),
    ("writebacks", "step", "writebackstep", _STEPS_BEFORE, _STEPS),
    ("session_events", "type", "eventtype", _EVENTS_BEFORE, _EVENTS),
)
_VISIBILITIES = ("discussion", "internal", "resolution")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _created_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
    )


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    """Columns and keys of every table below a session."""
    return [
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        _reference(table, "account_id", "accounts", "CASCADE"),
        _reference(table, "session_id", "sessions", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _reference(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def _index_owner(table: str) -> None:
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
    op.create_index(op.f(f"ix_{table}_session_id"), table, ["session_id"])


def _reword(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    """Let a checked column take exactly these words."""
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({listed})")


def upgrade() -> None:
    for table, column, name, _, words in _WIDENED:
        _reword(table, column, name, words)
    _widen_sessions()
    _widen_settings()
    _widen_turns()
    _create_session_digests()
    _create_draft_templates()
    _create_spin_off_tickets()
    _create_share_links()
    _create_uploads()
    _index_lists()
    for table in NEW_TABLES:
        _index_owner(table)
        for statement in isolate_table(table):
            op.execute(statement)
    _create_session_search()


def _widen_sessions() -> None:
    op.add_column(
        "sessions", sa.Column("digest_due", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("sessions", sa.Column("escalated_by", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_sessions_escalated_by"), "sessions", "users", ["escalated_by"], ["id"])
    op.add_column("sessions", _time("escalated_at"))
    op.create_index(
        "ix_sessions_escalated",
        "sessions",
        ["account_id", "escalated_at"],
        postgresql_where=sa.text("status = 'escalated'"),
    )
    op.add_column(
        "messages", sa.Column("uploads", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("facts", _time("edited_at"))
    op.add_column("fixes", sa.Column("script_used", sa.Text(), nullable=True))
    op.add_column("writebacks", sa.Column("retry_of", sa.Integer(), nullable=True))
    op.add_column(
        "writebacks", sa.Column("visibility", _words("notevisibility", *_VISIBILITIES), nullable=True)
    )
    op.add_column("writebacks", sa.Column("time_minutes", sa.Integer(), nullable=True))
    op.add_column("writebacks", sa.Column("time_member", sa.String(length=100), nullable=True))
    op.add_column("writebacks", sa.Column("time_notes", sa.String(length=500), nullable=True))
    op.add_column("writebacks", _time("time_attempted_at"))
    op.add_column("writebacks", sa.Column("time_entry_id", sa.String(length=100), nullable=True))
    op.add_column("writebacks", sa.Column("time_error_code", sa.String(length=60), nullable=True))
    op.add_column("writebacks", sa.Column("time_error_detail", sa.String(length=2000), nullable=True))
    op.add_column(
        "artifacts",
        sa.Column("lists_checks", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )


def _widen_settings() -> None:
    table = "flowpilot_settings"
    for name, default in (
        ("auto_post_on_close", "true"),
        ("auto_time_entry", "false"),
        ("include_diagnostic_steps", "true"),
        ("prompt_status_on_resolve", "false"),
        ("prompt_status_on_escalate", "false"),
    ):
        op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False))
    op.add_column(
        table,
        sa.Column(
            "time_rounding",
            _words("timerounding", "15min", "30min", "exact", "none"),
            server_default="15min",
            nullable=False,
        ),
    )
    op.add_column(
        table,
        sa.Column(
            "escalation_visibility",
            _words("escalation_visibility", *_VISIBILITIES),
            server_default="internal",
            nullable=False,
        ),
    )


def _widen_turns() -> None:
    """What a turn found and how it ended; and indexes that keep a long session's turns as cheap as its first."""
    op.add_column("messages", sa.Column("stop_reason", sa.String(length=60), nullable=True))
    op.create_index(
        "ix_messages_of_engineers",
        "messages",
        ["session_id", "created_at"],
        postgresql_where=sa.text("role = 'engineer'"),
    )
    op.add_column(
        "turns", sa.Column("suggested_flows", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.create_index("ix_turns_latest", "turns", ["session_id", sa.text("started_at DESC"), sa.text("id DESC")])
    op.create_index("ix_lane_items_order", "lane_items", ["session_id", "position"])
    op.create_index(
        "ix_lane_items_open", "lane_items", ["session_id"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "ix_lane_items_latest",
        "lane_items",
        ["session_id", sa.text("COALESCE(answered_at, created_at) DESC")],
        postgresql_where=sa.text("status <> 'open'"),
    )
    op.add_column("llm_calls", sa.Column("turn_id", sa.UUID(), nullable=True))
    op.create_index(op.f("ix_llm_calls_turn_id"), "llm_calls", ["turn_id"])


def _create_session_digests() -> None:
    op.create_table(
        "session_digests",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("upto_seq", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("generated_by", _words("generatedby", "model", "renderer"), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=True),
        _created_at(),
        *_owned("session_digests"),
        sa.UniqueConstraint("session_id", "version", name=op.f("uq_session_digests_session_id_version")),
    )


def _create_draft_templates() -> None:
    op.create_table(
        "draft_templates",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("fix_id", sa.UUID(), nullable=False),
        sa.Column("script_body", sa.Text(), nullable=False),
        sa.Column("state", _words("draftstate", "pending", "accepted", "rejected"), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        _created_at(),
        _time("decided_at"),
        _reference("draft_templates", "fix_id", "fixes", "CASCADE"),
        _reference("draft_templates", "created_by", "users"),
        *_owned("draft_templates"),
    )


def _create_spin_off_tickets() -> None:
    op.create_table(
        "spin_off_tickets",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("connection_id", sa.UUID(), nullable=True),
        sa.Column("parent_ticket_id", sa.String(length=100), nullable=True),
        sa.Column("summary", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("board_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("state", _words("spinoffstate", "running", "done", "failed"), nullable=False),
        _time("attempted_at"),
        sa.Column("ticket_id", sa.String(length=100), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=2000), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=False),
        _created_at(),
        _time("finished_at"),
        _reference("spin_off_tickets", "connection_id", "psa_connections", "SET NULL"),
        _reference("spin_off_tickets", "created_by", "users"),
        *_owned("spin_off_tickets"),
    )
    op.create_index(
        "ix_spin_off_tickets_log",
        "spin_off_tickets",
        ["account_id", sa.text("created_at DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "ix_writebacks_log", "writebacks", ["account_id", sa.text("started_at DESC"), sa.text("id DESC")]
    )


def _create_share_links() -> None:
    op.create_table(
        "share_links",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        _created_at(),
        _time("expires_at", nullable=False),
        _time("revoked_at"),
        _time("last_viewed_at"),
        _reference("share_links", "created_by", "users"),
        *_owned("share_links"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_links_token_hash")),
    )


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=300), nullable=False),
        sa.Column("thumbnail_key", sa.String(length=300), nullable=True),
        _created_at(),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=False),
        _reference("uploads", "account_id", "accounts", "CASCADE"),
        _reference("uploads", "session_id", "sessions", "CASCADE"),
        _reference("uploads", "created_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "ix_uploads_unclaimed", "uploads", ["created_at"], postgresql_where=sa.text("session_id IS NULL")
    )


def _create_session_search() -> None:
    table = "session_search_texts"
    op.create_table(
        table,
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        _reference(table, "account_id", "accounts", "CASCADE"),
        _reference(table, "session_id", "sessions", "CASCADE"),
        sa.PrimaryKeyConstraint("session_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
    # A text changes once or twice in the life of a session: entries need no collecting, which searches pay for.
    op.create_index(
        f"ix_{table}_grams",
        table,
        ["grams"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    for statement in (*isolate_table(table), *CREATE_SESSION_SEARCH, FILL_SESSION_SEARCH):
        op.execute(statement)


def _index_lists() -> None:
    """A list in the order of the latest activity is read from an index, whatever it is filtered by."""
    latest = (sa.text("updated_at DESC"), sa.text("id DESC"))
    op.create_index("ix_sessions_engineer_updated", "sessions", ["account_id", "engineer_id", *latest])
    op.create_index("ix_sessions_status_updated", "sessions", ["account_id", "status", *latest])
    op.create_index(
        "ix_sessions_engineer_status_updated", "sessions", ["account_id", "engineer_id", "status", *latest]
    )
    op.create_index("ix_sessions_created", "sessions", ["account_id", "created_at"])


def downgrade() -> None:
    """What only this revision knows is given up: updates, spin-offs, uploads, links and digests."""
    for statement in DROP_SESSION_SEARCH:
        op.execute(statement)
    op.drop_table("session_search_texts")
    for name in (
        "ix_sessions_created",
        "ix_sessions_engineer_status_updated",
        "ix_sessions_status_updated",
        "ix_sessions_engineer_updated",
    ):
        op.drop_index(name, table_name="sessions")
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for name in (
        "escalation_visibility",
        "time_rounding",
        "prompt_status_on_escalate",
        "prompt_status_on_resolve",
        "include_diagnostic_steps",
        "auto_time_entry",
        "auto_post_on_close",
    ):
        op.drop_column("flowpilot_settings", name)
    op.drop_index("ix_writebacks_log", table_name="writebacks")
    for name in (
        "time_error_detail",
        "time_error_code",
        "time_entry_id",
        "time_attempted_at",
        "time_notes",
        "time_member",
        "time_minutes",
        "visibility",
        "retry_of",
    ):
        op.drop_column("writebacks", name)
    op.drop_column("artifacts", "lists_checks")
    op.drop_index(op.f("ix_llm_calls_turn_id"), table_name="llm_calls")
    op.drop_column("llm_calls", "turn_id")
    for name in ("ix_lane_items_latest", "ix_lane_items_open", "ix_lane_items_order"):
        op.drop_index(name, table_name="lane_items")
    op.drop_index("ix_turns_latest", table_name="turns")
    op.drop_column("turns", "suggested_flows")
    op.drop_index("ix_messages_of_engineers", table_name="messages")
    op.drop_column("messages", "stop_reason")
    op.drop_column("fixes", "script_used")
    op.drop_column("facts", "edited_at")
    op.drop_column("messages", "uploads")
    op.drop_index("ix_sessions_escalated", table_name="sessions")
    for name in ("escalated_at", "escalated_by", "digest_due"):
        op.drop_column("sessions", name)
    op.execute("DELETE FROM writebacks WHERE kind LIKE 'update\\_%'")
    op.execute("DELETE FROM artifacts WHERE kind LIKE 'update\\_%'")
    op.execute("UPDATE writebacks SET step = 'set_status' WHERE step = 'log_time'")
    op.execute("DELETE FROM session_events WHERE type IN ('ticket.changed', 'ticket.spun_off')")
    for table, column, name, words, _ in _WIDENED:
        _reword(table, column, name, words)
