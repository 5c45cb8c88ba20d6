"""Which schema this code is made for, and what a database with another one is told."""

from __future__ import annotations

from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"

REVISIONS: tuple[str, ...] = tuple(
    sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
)
"""Every schema this code knows, oldest first: migrations are numbered in one line, which a test holds."""

HEAD = REVISIONS[-1]

MIGRATION_LOCK = 727_001
"""Any constant will do; everyone who changes the schema, or fills an empty database, takes the advisory lock of this
number first."""


class SchemaMismatch(Exception):
    """The database is not at the schema of this code. `code` is stable, `detail` says what helps."""

    code = "database_schema"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotMigrated(SchemaMismatch):
    """Migrations are still to be run, or running: it passes."""

    code = "database_not_migrated"


class DatabaseNewer(SchemaMismatch):
    """A newer version of the product has been here: only that one, or a newer one, may work on it."""

    code = "database_newer"


def require_head(revision: str | None) -> None:
    """Compare what the database says (None: it was never migrated). Raises NotMigrated, DatabaseNewer."""
    require_known(revision)
    if revision != HEAD:
        raise NotMigrated(
            f"The database is at schema {revision or 'none'} and this version needs {HEAD}: it is served as soon as "
            "the migrations have run (`python -m infra.database.migrate`)."
        )


def require_known(revision: str | None) -> None:
    """Raises DatabaseNewer for a schema that this code has never heard of."""
    if revision is not None and revision not in REVISIONS:
        raise DatabaseNewer(
            f"The database is at schema {revision}, and this version knows schemas up to {HEAD}: run the newer version "
            "that brought it there."
        )
