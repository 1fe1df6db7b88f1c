"""Where pages find the law: `current_app.extensions["law"]`."""

from __future__ import annotations

from typing import cast

from flask import current_app

from verifier.law_desk import LawDesk


def desk() -> LawDesk:
    """Return the law book with its clock."""
    return cast("LawDesk", current_app.extensions["law"])
