"""Where pages find the law: `current_app.extensions["law"]`."""

from __future__ import annotations

from typing import cast

from flask import current_app

from verifier.law.book import law_book
from verifier.law_desk import LawDesk
from verifier.outside.clock import SystemClock


def desk() -> LawDesk:
    """Return the law book with its clock."""
    found = cast("LawDesk | None", current_app.extensions["law"])
    if found is None:
        found = current_app.extensions["law"] = LawDesk(law_book(), SystemClock())
    return found
