"""facts in the order in which they were confirmed

Several facts of one reply share their time, so a time cannot order them.

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A fact is numbered by the event that told of it. Older ones get the places in which they were shown."""
    op.add_column("facts", sa.Column("seq", sa.BigInteger(), nullable=True))
    # Each fact had an event of its own, so these numbers stay below the number of any event to come.
    op.execute(
        """
        UPDATE facts SET seq = placed.seq
        FROM (
            SELECT id, row_number() OVER (PARTITION BY session_id ORDER BY created_at, id) AS seq FROM facts
        ) AS placed
        WHERE facts.id = placed.id
        """
    )
    op.alter_column("facts", "seq", nullable=False)
    op.create_unique_constraint(op.f("uq_facts_session_id_seq"), "facts", ["session_id", "seq"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_facts_session_id_seq"), "facts", type_="unique")
    op.drop_column("facts", "seq")
