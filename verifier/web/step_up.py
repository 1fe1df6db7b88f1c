"""Acts that need a fresh proof that the person is there: a decorator for their views, and the page that asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from verifier.web.access import asked, caller, came_from
from verifier.web.chrome import forward
from verifier.web.services import accounts

View = Callable[..., ResponseReturnValue]


def step_up_needed(view: View) -> View:
    """Let a view run only within five minutes of a step-up; else ask for one, then come back to the act's own page.

    The act's page must be there by GET at the same address, or at the one its form came from.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if caller().proved_within(accounts().clock.now()):
            return view(*args, **kwargs)
        return forward(url_for("account.step_up", next=_act()))

    return guarded


def _act() -> str:
    if request.method in {"GET", "HEAD"}:
        return asked()
    return came_from() or request.path
