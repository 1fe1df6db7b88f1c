"""How long a dossier is kept (thời hạn bảo quản), reckoned from the data of its procedure; pure."""

from __future__ import annotations

from datetime import date

from verifier.law.procedures import Procedure


def keep_until(procedure: Procedure, ended: date) -> date | None:
    """Return the first day on which an ended dossier may be removed; None where no period was found in law."""
    raise NotImplementedError
