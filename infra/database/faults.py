"""Telling a database that is away or busy from a defect of ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_UNIQUE_VIOLATION = "23505"
# Connection lost, transaction rolled back (deadlock, serialization), resources, operator intervention, system error.
_TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may well succeed later.

    A unique violation counts: two attempts of one step met, and the next one finds what the other has written.
    """
    if isinstance(error, PoolTimeout | OSError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
    return sqlstate == _UNIQUE_VIOLATION or sqlstate[:2] in _TRANSIENT_CLASSES
