"""finding sessions of any account that have something to do

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes that hold what is unfinished; messages and writebacks have theirs already."""
    op.create_index(
        "ix_sessions_idle", "sessions", ["last_activity_at"], postgresql_where=sa.text("status = 'active'")
    )
    op.create_index(
        "ix_spin_off_tickets_running",
        "spin_off_tickets",
        ["session_id"],
        postgresql_where=sa.text("state = 'running'"),
    )


def downgrade() -> None:
    op.drop_index("ix_spin_off_tickets_running", table_name="spin_off_tickets")
    op.drop_index("ix_sessions_idle", table_name="sessions")
