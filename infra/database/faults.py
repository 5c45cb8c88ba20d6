"""Telling a database that is away or busy from a defect of ours."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from infra.database.schema import SchemaMismatch

_UNIQUE_VIOLATION = "23505"
_READ_ONLY = "25006"
# Connection lost, transaction rolled back (deadlock, serialization), resources, operator intervention, system error.
_TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")
_TRANSIENT = (
    _UNIQUE_VIOLATION,
    _READ_ONLY,  # a server that was the primary before a failover
    "25P03",  # idle_in_transaction_session_timeout
    "25P04",  # transaction_timeout
    "55P03",  # lock_timeout
)
# Shut down by an operator, crashed, and still starting.
_SERVER_LEFT = ("57P01", "57P02", "57P03")
# Plans that were kept from before a migration. The driver forgets them when it raises this.
_OLD_PLAN = "InvalidCachedStatementError"


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may well succeed later.

    A unique violation counts: two attempts of one step met, and the next one finds what the other has written.
    """
    if isinstance(error, PoolTimeout | OSError | TimeoutError | SchemaMismatch):
        return True
    if is_momentary(error):
        return True
    state = sqlstate_of(error)
    return state in _TRANSIENT or state[:2] in _TRANSIENT_CLASSES


def is_momentary(error: BaseException) -> bool:
    """Whether the same transaction may well succeed at once: it was rolled back, or its connection has ended.

    Not so where everything was waited for already (a free connection, a lock, an answer): that takes as long again.
    """
    if is_lost_connection(error):
        return True
    state = sqlstate_of(error)
    if state == _UNIQUE_VIOLATION or state[:2] == "40":
        return True
    return isinstance(error, DBAPIError) and type(error.orig).__name__ == _OLD_PLAN


def is_lost_connection(error: BaseException) -> bool:
    """Whether the connection is of no use any more, though another one may be."""
    # The driver's own comes from a connection that ends while it is being set up, before SQLAlchemy translates.
    if isinstance(error, InterfaceError | asyncpg.InterfaceError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = sqlstate_of(error)
    return state[:2] == "08" or state in (*_SERVER_LEFT, _READ_ONLY)


def sqlstate_of(error: BaseException) -> str:
    """PostgreSQL's own code of the error, or nothing."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or "")


def is_read_only(error: BaseException | None) -> bool:
    """Whether the server takes no writes: every connection to it is as useless as a closed one."""
    return error is not None and sqlstate_of(error) == _READ_ONLY
