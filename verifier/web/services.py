"""Where pages find the services of accounts: `current_app.extensions["accounts"]`."""

from __future__ import annotations

from typing import cast

from flask import current_app

from verifier.accounts.services import Accounts


def accounts() -> Accounts:
    """Return the services of accounts."""
    return cast("Accounts", current_app.extensions["accounts"])
