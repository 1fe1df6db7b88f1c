"""Is an error the database's absence, which ends by itself, or a fault of ours?"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

READ_ONLY = "25006"
"""SQLSTATE of a server that takes no writes: a standby, or one that was set so."""
AWAY = ("08", "53", "57", "58")
"""Classes of SQLSTATE (PostgreSQL, appendix A): connection, resources, operator's intervention, system."""
INVALIDATED = "8s2b"
"""SQLAlchemy's mark of a transaction whose connection broke before."""


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
