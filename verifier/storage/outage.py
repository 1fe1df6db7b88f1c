"""Is an error of the database its absence, which ends by itself, a clash of two, or a fault of ours?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

READ_ONLY = "25006"
"""SQLSTATE of a server that takes no writes: a standby, or one that was set so."""
AWAY = ("08", "53", "57", "58")
"""Classes of SQLSTATE (PostgreSQL, appendix A): connection, resources, operator's intervention, system."""
INVALIDATED = "8s2b"
"""SQLAlchemy's mark of a transaction whose connection broke before."""
CLASHES = frozenset({"40001", "40P01"})
"""SQLSTATE of a transaction that was ended for the sake of another one: nothing of it is stored."""
TRIES = 4
"""Of a transaction that clashes with others."""

R = TypeVar("R")


def is_outage(error: BaseException) -> bool:
    """Tell whether the database was away, going down, coming up, full or read-only, so that trying later may help."""
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError)):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == INVALIDATED
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return error.connection_invalidated or state == READ_ONLY or state.startswith(AWAY)


def is_clash(error: BaseException) -> bool:
    """Tell whether the database ended a transaction because it and another one stood in each other's way."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in CLASHES


def again(work: Callable[[], R]) -> R:
    """Do the work of one whole transaction, and where that clashes with another one do it anew, a few times."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except DBAPIError as error:
            if not is_clash(error):
                raise
    return work()
