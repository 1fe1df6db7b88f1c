"""How long the caller's session lasts, for the warning before its end."""

from __future__ import annotations

from flask import current_app

from verifier.accounts.sessions import TOUCH
from verifier.web.access import caller
from verifier.web.services import accounts


def seconds_left() -> int:
    """Return how long the caller's session lasts without a further request; 0 for a visitor."""
    own = caller().session
    if own is None or "accounts" not in current_app.extensions:
        return 0
    # the last request is noted to the minute, so the session may end that much earlier than one might think
    now, limits = accounts().clock.now(), accounts().limits
    last = max(own.seen_at, now - TOUCH)
    return max(0, int((min(last + limits.idle, own.expires_at) - now).total_seconds()))
