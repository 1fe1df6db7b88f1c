"""How long a dossier is kept (thời hạn bảo quản), reckoned from the data of its procedure; pure.

Books are kept for ever and are no part of the dossier. Of certified signatures one paper is kept for 2 years (Decree
23/2015 Art. 14(2)); the internal process keeps the dossier one year at the officer before it goes to the store. Where
the law gives no period (consular, Apostille, e-copies) the dossier is kept until somebody decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from verifier.law.procedures import Procedure
from verifier.law.records import Cited

BOOKS = frozenset({"book", "register"})
"""Entries of the data that are about the register books (sổ chứng thực): no part of a dossier."""
BESIDE = frozenset({"one-stop-forms", "forensic"})
"""Entries about paper forms at the desk, and about papers of which less is kept: the longer period binds."""
DOSSIER = "dossier"
"""Where this entry has years, they are how long the officer keeps it before it goes to the store."""
KNOWN = BOOKS | BESIDE | {DOSSIER, "copies", "paper"}
"""All entries; a test holds the data against them."""


@dataclass(frozen=True)
class Retention:
    """How long a dossier of a procedure is kept."""

    officer_years: int
    """How long it stays with the officer before it goes to the store (kho lưu trữ); 0: it may go at once."""
    years: int | None
    """How long it is kept in all; None: no period was found, it is kept until somebody decides."""
    bases: tuple[Cited, ...]
    """On what law that rests."""

    def at_officer_until(self, ended: date) -> date:
        """Return the first day on which it goes to the store."""
        return after(ended, self.officer_years) if self.officer_years else ended

    def until(self, ended: date) -> date | None:
        """Return the first day on which it may be removed; None: until somebody decides."""
        return None if self.years is None else after(ended, max(self.years, self.officer_years))


def retention(procedure: Procedure) -> Retention:
    """Return how long dossiers of a procedure are kept."""
    own = [one for one in procedure.keeping if one.id not in BOOKS | BESIDE]
    at_officer = [one for one in own if one.id == DOSSIER and one.years is not None]
    periods = [one for one in own if one not in at_officer]
    open_ = not periods or any(one.years is None and not one.none for one in periods)
    years = None if open_ else max(one.years or 0 for one in periods)
    return Retention(sum(one.years or 0 for one in at_officer), years, tuple(one.basis for one in own))


def keep_until(procedure: Procedure, ended: date) -> date | None:
    """Return the first day on which an ended dossier may be removed; None where no period was found in law."""
    return retention(procedure).until(ended)


def after(day: date, years: int) -> date:
    """Return the first day behind a period of years that begins on a day; the last day of a period belongs to it."""
    try:
        last = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        last = date(day.year + years, 2, 28)
    return last + timedelta(days=1)
