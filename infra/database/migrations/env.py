"""Alembic environment: runs on the connection that `infra.database.migrate` hands over."""

from alembic import context

from infra.database.models import Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations with `python -m infra.database.migrate`")

context.configure(
    connection=connection, target_metadata=Base.metadata, compare_type=True, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
