"""first path

Revision ID: 0001
Revises:
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from infra.database.row_security import APP_ROLE, isolate_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "flowpilot_settings",
    "flows",
    "psa_connections",
    "users",
    "member_mappings",
    "refresh_tokens",
    "script_templates",
    "sessions",
    "ticket_snapshots",
    "artifacts",
    "fixes",
    "lane_items",
    "llm_calls",
    "messages",
    "reply_chunks",
    "session_events",
    "turns",
    "writebacks",
    "facts",
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("code", name=op.f("uq_accounts_code")),
    )
    op.create_table(
        "flowpilot_settings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "resolution_visibility",
            sa.Enum(
                "discussion",
                "internal",
                "resolution",
                name="notevisibility",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status_map",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("cw_resolved_status_id", sa.Integer(), nullable=True),
        sa.Column("cw_escalated_status_id", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_flowpilot_settings_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flowpilot_settings")),
        sa.UniqueConstraint("account_id", name=op.f("uq_flowpilot_settings_account_id")),
    )
    op.create_index(
        op.f("ix_flowpilot_settings_account_id"), "flowpilot_settings", ["account_id"], unique=False
    )
    op.create_table(
        "flows",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.String(length=100)), nullable=False),
        sa.Column("tags_text", sa.Text(), nullable=False),
        sa.Column("steps_text", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="flowstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', tags_text), 'B') || setweight(to_tsvector('english', steps_text), 'D')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_flows_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flows")),
    )
    op.create_index(op.f("ix_flows_account_id"), "flows", ["account_id"], unique=False)
    op.create_index("ix_flows_search", "flows", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "psa_connections",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("company_id", sa.String(length=100), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("tested_version", sa.String(length=100), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_psa_connections_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_psa_connections")),
    )
    op.create_index(op.f("ix_psa_connections_account_id"), "psa_connections", ["account_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=500), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "admin",
                "engineer",
                "viewer",
                name="accountrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_super_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_users_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_account_id"), "users", ["account_id"], unique=False)
    op.create_index("uq_users_email_lower", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_index(
        "uq_users_owner", "users", ["account_id"], unique=True, postgresql_where=sa.text("role = 'owner'")
    )
    op.create_table(
        "member_mappings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("connection_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("external_member_id", sa.String(length=100), nullable=False),
        sa.Column("external_identifier", sa.String(length=100), nullable=False),
        sa.Column("external_member_name", sa.String(length=200), nullable=False),
        sa.Column("matched_by", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_member_mappings_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["psa_connections.id"],
            name=op.f("fk_member_mappings_connection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_member_mappings_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_mappings")),
        sa.UniqueConstraint(
            "connection_id", "user_id", name=op.f("uq_member_mappings_connection_id_user_id")
        ),
    )
    op.create_index(op.f("ix_member_mappings_account_id"), "member_mappings", ["account_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_refresh_tokens_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_refresh_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_tokens_token_hash")),
    )
    op.create_index(op.f("ix_refresh_tokens_account_id"), "refresh_tokens", ["account_id"], unique=False)
    op.create_index(op.f("ix_refresh_tokens_family_id"), "refresh_tokens", ["family_id"], unique=False)
    op.create_index(op.f("ix_refresh_tokens_user_id"), "refresh_tokens", ["user_id"], unique=False)
    op.create_table(
        "script_templates",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("slug", sa.String(length=220), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "powershell",
                "bash",
                "python",
                name="scriptlanguage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("script_body", sa.Text(), nullable=False),
        sa.Column("parameters_schema", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("usage_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_script_templates_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_script_templates_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_templates")),
        sa.UniqueConstraint("account_id", "slug", name=op.f("uq_script_templates_account_id_slug")),
    )
    op.create_index(op.f("ix_script_templates_account_id"), "script_templates", ["account_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "paused",
                "requesting_escalation",
                "escalated",
                "resolved",
                "abandoned",
                name="sessionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem_summary", sa.Text(), nullable=True),
        sa.Column("problem_domain", sa.String(length=100), nullable=True),
        sa.Column(
            "intake_type",
            sa.Enum(
                "free_text",
                "psa_ticket",
                "callback",
                name="intaketype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("psa_connection_id", sa.UUID(), nullable=True),
        sa.Column("psa_ticket_id", sa.String(length=100), nullable=True),
        sa.Column("ticket", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("started_by", sa.UUID(), nullable=False),
        sa.Column("engineer_id", sa.UUID(), nullable=False),
        sa.Column("resolution_summary", sa.String(length=500), nullable=True),
        sa.Column("escalation_reason", sa.String(length=500), nullable=True),
        sa.Column("abandon_reason", sa.String(length=500), nullable=True),
        sa.Column(
            "pilot_provider",
            sa.Enum(
                "anthropic",
                "gemini",
                "playbook",
                name="pilotprovider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("pilot_degraded_reason", sa.String(length=500), nullable=True),
        sa.Column("pilot_state", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "last_activity_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("state_version >= 0 AND last_seq >= 0", name=op.f("ck_sessions_counters")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["engineer_id"], ["users.id"], name=op.f("fk_sessions_engineer_id")),
        sa.ForeignKeyConstraint(
            ["psa_connection_id"],
            ["psa_connections.id"],
            name=op.f("fk_sessions_psa_connection_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name=op.f("fk_sessions_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_index(
        "ix_sessions_account_updated",
        "sessions",
        ["account_id", sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_sessions_engineer_id"), "sessions", ["engineer_id"], unique=False)
    op.create_index("ix_sessions_ticket", "sessions", ["account_id", "psa_ticket_id"], unique=False)
    op.create_table(
        "ticket_snapshots",
        sa.Column("connection_id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.String(length=100), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ticket_snapshots_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["psa_connections.id"],
            name=op.f("fk_ticket_snapshots_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "ticket_id", name=op.f("pk_ticket_snapshots")),
    )
    op.create_index(op.f("ix_ticket_snapshots_account_id"), "ticket_snapshots", ["account_id"], unique=False)
    op.create_table(
        "artifacts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "resolution_note",
                "escalation_package",
                name="artifactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column(
            "generated_by",
            sa.Enum(
                "model", "renderer", name="generatedby", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_artifacts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_artifacts_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint(
            "session_id", "kind", "state_version", name=op.f("uq_artifacts_session_id_kind_state_version")
        ),
    )
    op.create_index(op.f("ix_artifacts_account_id"), "artifacts", ["account_id"], unique=False)
    op.create_index(op.f("ix_artifacts_session_id"), "artifacts", ["session_id"], unique=False)
    op.create_table(
        "fixes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("confidence_pct", sa.Integer(), nullable=False),
        sa.Column("script_template_id", sa.UUID(), nullable=True),
        sa.Column("script_template_slug", sa.String(length=220), nullable=True),
        sa.Column("ai_drafted_script", sa.Text(), nullable=True),
        sa.Column("ai_drafted_parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "applied_success",
                "applied_failed",
                "applied_partial",
                "dismissed",
                name="fixstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status_before_dismissal",
            sa.Enum(
                "proposed",
                "applied_success",
                "applied_failed",
                "applied_partial",
                "dismissed",
                name="status_before_dismissal",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "user_decision",
            sa.Enum(
                "one_off",
                "draft_template",
                "build_template",
                "dismissed",
                name="fixdecision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("parameters_used", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("nudge_silenced_until", sa.Integer(), nullable=True),
        sa.Column("partial_notes", sa.String(length=500), nullable=True),
        sa.Column("failure_reason", sa.String(length=500), nullable=True),
        sa.Column("outcome_proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("confidence_pct BETWEEN 0 AND 100", name=op.f("ck_fixes_confidence")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_fixes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["script_template_id"],
            ["script_templates.id"],
            name=op.f("fk_fixes_script_template_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_fixes_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixes")),
    )
    op.create_index(op.f("ix_fixes_account_id"), "fixes", ["account_id"], unique=False)
    op.create_index(op.f("ix_fixes_session_id"), "fixes", ["session_id"], unique=False)
    op.create_index(
        "uq_fixes_active",
        "fixes",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL AND status <> 'dismissed'"),
    )
    op.create_table(
        "lane_items",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "question", "check", name="laneitemkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("normalised_text", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "answered",
                "skipped",
                "set_aside",
                name="laneitemstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "create_spin_off_ticket",
                "open_script_builder",
                name="laneaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("output", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lane_items_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_lane_items_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_items")),
        sa.UniqueConstraint(
            "session_id",
            "kind",
            "normalised_text",
            name=op.f("uq_lane_items_session_id_kind_normalised_text"),
        ),
    )
    op.create_index(op.f("ix_lane_items_account_id"), "lane_items", ["account_id"], unique=False)
    op.create_index(op.f("ix_lane_items_session_id"), "lane_items", ["session_id"], unique=False)
    op.create_table(
        "llm_calls",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column(
            "provider",
            sa.Enum(
                "anthropic",
                "gemini",
                "playbook",
                name="pilotprovider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_read_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_creation_tokens", sa.Integer(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_llm_calls_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_llm_calls_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_calls")),
    )
    op.create_index(op.f("ix_llm_calls_account_id"), "llm_calls", ["account_id"], unique=False)
    op.create_index(op.f("ix_llm_calls_session_id"), "llm_calls", ["session_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "engineer",
                "pilot",
                "system",
                name="messagerole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("turn_id", sa.UUID(), nullable=True),
        sa.Column(
            "turn_state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "stopped",
                name="turnstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=1000), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_messages_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_messages_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_messages_session_id_seq")),
    )
    op.create_index(op.f("ix_messages_account_id"), "messages", ["account_id"], unique=False)
    op.create_index(
        "ix_messages_pending",
        "messages",
        ["session_id"],
        unique=False,
        postgresql_where=sa.text("turn_state IN ('queued', 'running', 'failed')"),
    )
    op.create_index(op.f("ix_messages_session_id"), "messages", ["session_id"], unique=False)
    op.create_index(op.f("ix_messages_turn_id"), "messages", ["turn_id"], unique=False)
    op.create_table(
        "reply_chunks",
        sa.Column("turn_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_reply_chunks_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_reply_chunks_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", "position", name=op.f("pk_reply_chunks")),
    )
    op.create_index(op.f("ix_reply_chunks_account_id"), "reply_chunks", ["account_id"], unique=False)
    op.create_index(op.f("ix_reply_chunks_session_id"), "reply_chunks", ["session_id"], unique=False)
    op.create_table(
        "session_events",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
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
                name="eventtype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("command_id", sa.String(length=200), nullable=True),
        sa.Column("command_name", sa.String(length=60), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_session_events_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_events_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "seq", name=op.f("pk_session_events")),
    )
    op.create_index(op.f("ix_session_events_account_id"), "session_events", ["account_id"], unique=False)
    op.create_index(
        "uq_session_events_command",
        "session_events",
        ["session_id", "command_id"],
        unique=True,
        postgresql_where=sa.text("command_id IS NOT NULL"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "stopped",
                name="turnstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("message_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column(
            "provider",
            sa.Enum(
                "anthropic",
                "gemini",
                "playbook",
                name="pilotprovider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column("stop_reason", sa.String(length=60), nullable=True),
        sa.Column("diagnostics", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=1000), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_turns_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_turns_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index(op.f("ix_turns_account_id"), "turns", ["account_id"], unique=False)
    op.create_index(op.f("ix_turns_session_id"), "turns", ["session_id"], unique=False)
    op.create_table(
        "writebacks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "resolution_note",
                "escalation_package",
                name="artifactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("connection_id", sa.UUID(), nullable=True),
        sa.Column("ticket_id", sa.String(length=100), nullable=True),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("requested_status_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "unverified",
                "failed",
                name="writebackstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "post_note",
                "set_status",
                "verify",
                "record",
                name="writebackstep",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note_id", sa.String(length=100), nullable=True),
        sa.Column("note_text_hash", sa.String(length=64), nullable=True),
        sa.Column("post_attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_status_id", sa.Integer(), nullable=True),
        sa.Column("expected_status_name", sa.String(length=200), nullable=True),
        sa.Column("observed_status_id", sa.Integer(), nullable=True),
        sa.Column("observed_status_name", sa.String(length=200), nullable=True),
        sa.Column("status_transition_skipped_reason", sa.String(length=500), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("error_detail", sa.String(length=2000), nullable=True),
        sa.Column("confirmed_by", sa.UUID(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_writebacks_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name=op.f("fk_writebacks_confirmed_by")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["psa_connections.id"], name=op.f("fk_writebacks_connection_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_writebacks_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writebacks")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_writebacks_session_id_number")),
    )
    op.create_index(op.f("ix_writebacks_account_id"), "writebacks", ["account_id"], unique=False)
    op.create_index(op.f("ix_writebacks_session_id"), "writebacks", ["session_id"], unique=False)
    op.create_index(
        "uq_writebacks_running",
        "writebacks",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("normalised_text", sa.Text(), nullable=False),
        sa.Column(
            "source_type",
            sa.Enum(
                "question",
                "diagnostic_check",
                "user_note",
                "ai_synthesis",
                name="factsource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source_ref", sa.UUID(), nullable=True),
        sa.Column("source_summary", sa.String(length=200), nullable=True),
        sa.Column("message_id", sa.UUID(), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_facts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_facts_created_by")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_facts_message_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_facts_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_ref"], ["lane_items.id"], name=op.f("fk_facts_source_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    op.create_index(op.f("ix_facts_account_id"), "facts", ["account_id"], unique=False)
    op.create_index(op.f("ix_facts_session_id"), "facts", ["session_id"], unique=False)
    op.create_index(
        "uq_facts_text",
        "facts",
        ["session_id", "normalised_text"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    for table in TENANT_TABLES:
        for statement in isolate_table(table):
            op.execute(statement)
    # An account row has no account_id: it is its own tenant. The application only ever reads it.
    for statement in isolate_table("accounts", column="id"):
        op.execute(statement)
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON accounts FROM {APP_ROLE}")
    # Passwords and refresh tokens are the business of the auth code, which works as the owner.
    op.execute(f"REVOKE ALL ON refresh_tokens FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON users FROM {APP_ROLE}")
    op.execute(
        f"GRANT SELECT (id, account_id, email, name, role, is_active, created_at) ON users TO {APP_ROLE}"
    )
    # Which schema this is, only the owner says.
    op.execute(f"REVOKE ALL ON alembic_version FROM {APP_ROLE}")


def downgrade() -> None:
    op.drop_index("uq_facts_text", table_name="facts", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_index(op.f("ix_facts_session_id"), table_name="facts")
    op.drop_index(op.f("ix_facts_account_id"), table_name="facts")
    op.drop_table("facts")
    op.drop_index(
        "uq_writebacks_running", table_name="writebacks", postgresql_where=sa.text("state = 'running'")
    )
    op.drop_index(op.f("ix_writebacks_session_id"), table_name="writebacks")
    op.drop_index(op.f("ix_writebacks_account_id"), table_name="writebacks")
    op.drop_table("writebacks")
    op.drop_index(op.f("ix_turns_session_id"), table_name="turns")
    op.drop_index(op.f("ix_turns_account_id"), table_name="turns")
    op.drop_table("turns")
    op.drop_index(
        "uq_session_events_command",
        table_name="session_events",
        postgresql_where=sa.text("command_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_session_events_account_id"), table_name="session_events")
    op.drop_table("session_events")
    op.drop_index(op.f("ix_reply_chunks_session_id"), table_name="reply_chunks")
    op.drop_index(op.f("ix_reply_chunks_account_id"), table_name="reply_chunks")
    op.drop_table("reply_chunks")
    op.drop_index(op.f("ix_messages_turn_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_session_id"), table_name="messages")
    op.drop_index(
        "ix_messages_pending",
        table_name="messages",
        postgresql_where=sa.text("turn_state IN ('queued', 'running', 'failed')"),
    )
    op.drop_index(op.f("ix_messages_account_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_llm_calls_session_id"), table_name="llm_calls")
    op.drop_index(op.f("ix_llm_calls_account_id"), table_name="llm_calls")
    op.drop_table("llm_calls")
    op.drop_index(op.f("ix_lane_items_session_id"), table_name="lane_items")
    op.drop_index(op.f("ix_lane_items_account_id"), table_name="lane_items")
    op.drop_table("lane_items")
    op.drop_index(
        "uq_fixes_active",
        table_name="fixes",
        postgresql_where=sa.text("superseded_at IS NULL AND status <> 'dismissed'"),
    )
    op.drop_index(op.f("ix_fixes_session_id"), table_name="fixes")
    op.drop_index(op.f("ix_fixes_account_id"), table_name="fixes")
    op.drop_table("fixes")
    op.drop_index(op.f("ix_artifacts_session_id"), table_name="artifacts")
    op.drop_index(op.f("ix_artifacts_account_id"), table_name="artifacts")
    op.drop_table("artifacts")
    op.drop_index(op.f("ix_ticket_snapshots_account_id"), table_name="ticket_snapshots")
    op.drop_table("ticket_snapshots")
    op.drop_index("ix_sessions_ticket", table_name="sessions")
    op.drop_index(op.f("ix_sessions_engineer_id"), table_name="sessions")
    op.drop_index("ix_sessions_account_updated", table_name="sessions")
    op.drop_index(op.f("ix_sessions_account_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_script_templates_account_id"), table_name="script_templates")
    op.drop_table("script_templates")
    op.drop_index(op.f("ix_refresh_tokens_user_id"), table_name="refresh_tokens")
    op.drop_index(op.f("ix_refresh_tokens_family_id"), table_name="refresh_tokens")
    op.drop_index(op.f("ix_refresh_tokens_account_id"), table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index(op.f("ix_member_mappings_account_id"), table_name="member_mappings")
    op.drop_table("member_mappings")
    op.drop_index("uq_users_owner", table_name="users", postgresql_where=sa.text("role = 'owner'"))
    op.drop_index("uq_users_email_lower", table_name="users")
    op.drop_index(op.f("ix_users_account_id"), table_name="users")
    op.drop_table("users")
    op.drop_index(op.f("ix_psa_connections_account_id"), table_name="psa_connections")
    op.drop_table("psa_connections")
    op.drop_index("ix_flows_search", table_name="flows", postgresql_using="gin")
    op.drop_index(op.f("ix_flows_account_id"), table_name="flows")
    op.drop_table("flows")
    op.drop_index(op.f("ix_flowpilot_settings_account_id"), table_name="flowpilot_settings")
    op.drop_table("flowpilot_settings")
    op.drop_table("accounts")
