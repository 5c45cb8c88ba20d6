"""sign-ins that can be listed and ended, second factors, and limits that all processes share

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa

from infra.database.row_security import APP_ROLE, isolate_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWNER_ONLY = ("login_sessions", "two_factors", "recovery_codes")
"""Only sign-in touches these, as the owner: whoever acts for an account has no business in them."""

# Generic cell rate algorithm: one time for each key says how much of the allowance is used up. Deciding and counting
# are one statement, so processes that ask at once cannot both take the last one. The app role has no right to the
# table, only to these two functions.
TAKE = """
CREATE FUNCTION take_rate_limit(wanted text, step interval, burst integer) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    wait interval;
BEGIN
    INSERT INTO rate_limits AS limits (key, full_at) VALUES (wanted, moment + step)
    ON CONFLICT (key) DO UPDATE SET full_at = greatest(limits.full_at, moment) + step
        WHERE greatest(limits.full_at, moment) + step <= moment + step * burst;
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT full_at + step - step * burst - moment INTO wait FROM rate_limits WHERE key = wanted;
    RETURN greatest(extract(epoch FROM wait), 0.001);
END
$$
"""

GIVE_BACK = """
CREATE FUNCTION give_back_rate_limit(wanted text, step interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    UPDATE rate_limits SET full_at = full_at - step WHERE key = wanted
$$
"""


def _owned(*columns: sa.Column[object]) -> list[sa.schema.SchemaItem]:
    return [
        *columns,
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("account_id", sa.UUID(), nullable=False),
    ]


def _keys(table: str, primary: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.PrimaryKeyConstraint(primary, name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [f"{target}_id"], [f"{target}s.id"], name=op.f(f"fk_{table}_{target}_id"), ondelete="CASCADE"
            )
            for target in ("account", "user")
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "login_sessions",
        *_owned(
            sa.Column("id", sa.UUID(), nullable=False),
            sa.Column("user_id", sa.UUID(), nullable=False),
            sa.Column("user_agent", sa.String(length=200), nullable=False),
            sa.Column("address", sa.String(length=64), nullable=False),
            sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        ),
        *_keys("login_sessions", "id"),
    )
    op.create_index(op.f("ix_login_sessions_user_id"), "login_sessions", ["user_id"])
    op.create_index(op.f("ix_login_sessions_account_id"), "login_sessions", ["account_id"])
    op.execute(
        """
        INSERT INTO login_sessions (id, account_id, user_id, user_agent, address, created_at, last_used_at, ended_at)
        SELECT DISTINCT ON (family_id) family_id, account_id, user_id, '', '',
               min(created_at) OVER family, max(created_at) OVER family, min(revoked_at) OVER family
        FROM refresh_tokens WINDOW family AS (PARTITION BY family_id)
        """
    )
    op.create_foreign_key(
        op.f("fk_refresh_tokens_family_id"),
        "refresh_tokens",
        "login_sessions",
        ["family_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_table(
        "two_factors",
        *_owned(
            sa.Column("user_id", sa.UUID(), nullable=False),
            sa.Column("secret", sa.LargeBinary(), nullable=False),
            sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        ),
        *_keys("two_factors", "user_id"),
    )
    op.create_index(op.f("ix_two_factors_account_id"), "two_factors", ["account_id"])
    op.create_table(
        "recovery_codes",
        *_owned(
            sa.Column("id", sa.UUID(), nullable=False),
            sa.Column("user_id", sa.UUID(), nullable=False),
            sa.Column("code_hash", sa.String(length=500), nullable=False),
            sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        ),
        *_keys("recovery_codes", "id"),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.create_index(op.f("ix_recovery_codes_account_id"), "recovery_codes", ["account_id"])
    for table in OWNER_ONLY:
        for statement in isolate_table(table):
            op.execute(statement)
        op.execute(f"REVOKE ALL ON {table} FROM {APP_ROLE}")
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_rate_limits_full_at"), "rate_limits", ["full_at"])
    for function in (TAKE, GIVE_BACK):
        op.execute(function)
    for signature in ("take_rate_limit(text, interval, integer)", "give_back_rate_limit(text, interval)"):
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION take_rate_limit(text, interval, integer)")
    op.execute("DROP FUNCTION give_back_rate_limit(text, interval)")
    op.drop_table("rate_limits")
    op.drop_table("recovery_codes")
    op.drop_table("two_factors")
    op.drop_constraint(op.f("fk_refresh_tokens_family_id"), "refresh_tokens", type_="foreignkey")
    op.drop_table("login_sessions")
