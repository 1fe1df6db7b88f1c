"""Refusals at the door that a watch over the service must learn: who met them goes to the security log."""

from __future__ import annotations

import structlog
from flask import current_app, request

from verifier.accounts.security_log import What, note
from verifier.web.access import caller
from verifier.web.services import accounts

log = structlog.get_logger("verifier.web")


def report(what: What) -> None:
    """Note a refusal; that of a visitor stands in the service's own log only, where it can fill nothing up."""
    who, route = caller(), request.endpoint or "unknown"
    if who.known and "accounts" in current_app.extensions:
        with accounts().database.unit(who.scope) as unit:
            note(unit, who, what, accounts().clock.now(), route=route, method=request.method)
    log.warning("refused", what=what.value, route=route, known=who.known)
