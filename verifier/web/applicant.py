"""Applicants who signed in by electronic identity: what their session cookie holds, and for how long.

They have no account and no row: the signed cookie holds the keyed hashes of their identity and an end. It opens their
own dossiers and nothing else, and the browser's one cookie is either theirs or that of somebody with an account.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import session

from verifier.web.security import renew_session

LASTS = timedelta(minutes=30)
"""From the sign-in; it is not made longer, since nobody can end it from elsewhere."""
KEY = "applicant"
"""Of the session cookie."""


def let_in(identities: Iterable[bytes], now: datetime) -> None:
    """Begin the session of an applicant in a new cookie."""
    renew_session()
    session[KEY] = {"identities": [one.hex() for one in identities], "until": (now + LASTS).isoformat()}


def identities(now: datetime) -> tuple[bytes, ...]:
    """Return the keyed hashes of the identity that is signed in; none where nobody is, or it was too long ago."""
    told = session.get(KEY)
    if not isinstance(told, dict):
        return ()
    try:
        left = datetime.fromisoformat(told["until"]) - now
        found = tuple(bytes.fromhex(one) for one in told["identities"])
    except (KeyError, TypeError, ValueError):  # another release wrote it
        return ()
    return found if timedelta() < left <= LASTS else ()
