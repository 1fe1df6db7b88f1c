"""Lists of dossiers for officers: the work queue, the search box, the deadline board (bảng theo dõi thời hạn).

Reads only. What is seen is what the officer's authority has, and, in the search, what was filed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from verifier.cases.kernel import Asker, CaseHouse
from verifier.storage.case_search import ConfirmationLine, Due, Place, QueueFilter, QueueLine

__all__ = ["Board", "ConfirmationLine", "Due", "Page", "Place", "Queue", "QueueFilter", "QueueLine", "Whose"]

Whose = str
"""`mine`: assigned to who asks; `office`: it is the move of somebody of the authority; `free`: accepted, assigned to
nobody; `waiting`: it is the move of the applicant or of an authority that was asked; `all`: every open one."""
WHOSE: tuple[Whose, ...] = ("mine", "office", "free", "waiting", "all")
PAGE = 50
MOST = 200
"""Lines of a page."""


@dataclass(frozen=True)
class Page:
    """Some lines, and where the next ones begin."""

    lines: tuple[QueueLine, ...]
    after: Place | None
    """None: these are the last."""

    @property
    def next(self) -> str:
        """The place as text, for an address; empty where these are the last."""
        return place_text(self.after) if self.after else ""


@dataclass(frozen=True)
class Board:
    """The deadline board: how much is due when."""

    now: datetime
    """In the zone of the authority, as all times of the hours below."""
    overdue: Due
    hours: tuple[Due, ...]
    """The current hour, then every hour until the end of the day."""
    later: Due
    undated: int
    """Open dossiers whose clock does not run."""
    targets: tuple[Due, ...]
    """Internal targets: missed, today."""
    supplements: tuple[Due, ...]
    """Supplements that the applicant owes: overdue, today."""
    confirmations: int
    """Answers of other authorities that are overdue or due today."""
    confirmation_lines: tuple[ConfirmationLine, ...]


class Queue:
    """Lists of dossiers. One object a process."""

    def __init__(self, house: CaseHouse) -> None:
        self.house = house

    def work(
        self,
        asker: Asker,
        whose: Whose = "office",
        *,
        statuses: frozenset[str] = frozenset(),
        procedure: str = "",
        officer: UUID | None = None,
        limit: int = PAGE,
        after: str = "",
    ) -> Page:
        """Return open dossiers of the authority by due hour: legal limit, else internal target, else hour of filing.

        `statuses` narrows `whose` further. BadRequest `bad-option` (`whose`, `after`), `not-allowed`.
        """
        raise NotImplementedError

    def counts(self, asker: Asker) -> Mapping[Whose, int]:
        """Count the open dossiers of the authority under each of `WHOSE`."""
        raise NotImplementedError

    def search(self, asker: Asker, text: str, *, limit: int = PAGE, after: str = "") -> Page:
        """Return dossiers that the authority has or took in, the newest filed first.

        Found by: words of the applicant's or a holder's name, in any order, the last one may be but begun (marks that
        are typed must fit, letters without marks fit any); code or its end; number of a paper; the applicant's ID
        number or phone, whole. Nothing is found by an empty text. BadRequest `bad-option` (`after`).
        """
        raise NotImplementedError

    def board(self, asker: Asker, now: datetime | None = None) -> Board:
        """Return the deadline board of the authority at an instant (by default now)."""
        raise NotImplementedError


def place_text(place: Place) -> str:
    """Write a place as text; `read_place` reads it."""
    return f"{place.at.isoformat()}~{place.id}"
