"""Lists of dossiers for officers: the work queue, the search box, the deadline board (bảng theo dõi thời hạn).

Reads only. What is seen is what the officer's authority has, and, in the search, what was filed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.cases.kernel import Asker, CaseHouse
from verifier.cases.statuses import Status, statuses
from verifier.errors import BadRequest
from verifier.storage.case_search import ConfirmationLine, Due, Place, QueueFilter, QueueLine, Standing
from verifier.storage.case_words import query
from verifier.storage.scope import Scope, of

__all__ = ["Board", "ConfirmationLine", "Due", "Page", "Place", "Queue", "QueueFilter", "QueueLine", "Whose"]

Whose = str
"""`mine`: assigned to who asks; `office`: it is the move of somebody of the authority; `free`: accepted, assigned to
nobody; `waiting`: it is the move of the applicant or of an authority that was asked; `all`: every open one."""
WHOSE: tuple[Whose, ...] = ("mine", "office", "free", "waiting", "all")
WAITS_FOR = ("applicant", "asked")
"""Whose move it is where a dossier waits for somebody beside the authority."""
OPEN = frozenset(one.id.value for one in statuses().values() if not one.final)
WAITING = frozenset(one.id.value for one in statuses().values() if one.move in WAITS_FOR)
STATUSES: Mapping[Whose, frozenset[str]] = {
    "office": OPEN - WAITING,
    "free": frozenset({Status.ACCEPTED.value, Status.EXAMINATION.value}),
    "waiting": WAITING,
    "all": frozenset(),
}
PAGE, MOST = 50, 200
"""Lines of a page: unless told otherwise, and at most."""
LINES = 10
"""Lines shown of each hour of the board."""


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
        wanted, place = self._filter(asker, whose), read_place(after)
        narrowed = (wanted.statuses & statuses if wanted.statuses else statuses) if statuses else wanted.statuses
        if statuses and not narrowed:
            return Page((), None)
        wanted = replace(wanted, statuses=narrowed, procedure=procedure, officer=wanted.officer or officer)
        with self.house.database.unit(_own(asker)) as unit:
            return _page(unit.case_search.work(wanted, _most(limit) + 1, place), _most(limit))

    def counts(self, asker: Asker) -> Mapping[Whose, int]:
        """Count the open dossiers of the authority under each of `WHOSE`."""
        with self.house.database.unit(_own(asker)) as unit:
            found = unit.case_search.standing(asker.person)
        return {whose: sum(one.count for one in found if _counts(one, whose)) for whose in WHOSE}

    def search(self, asker: Asker, text: str, *, limit: int = PAGE, after: str = "") -> Page:
        """Return dossiers that the authority has or took in, the newest filed first.

        Found by: words of the applicant's or a holder's name, in any order, the last one may be but begun (marks that
        are typed must fit, letters without marks fit any); code or its end; number of a paper; the applicant's ID
        number or phone, whole. Nothing is found by an empty text. BadRequest `bad-option` (`after`), `not-allowed`.
        """
        words, place = query(text), read_place(after)
        with self.house.database.unit(_own(asker)) as unit:
            found = unit.case_search.found(words, _most(limit) + 1, place) if words.whole else ()
        return _page(found, _most(limit))

    def board(self, asker: Asker, now: datetime | None = None) -> Board:
        """Return the deadline board of the authority at an instant (by default now). BadRequest `not-allowed`."""
        with self.house.database.unit(_own(asker)) as unit:
            authority = unit.authorities.get(asker.scope.authority or UUID(int=0))
            if authority is None:
                raise BadRequest("not-allowed")
            at = (now or self.house.clock()).astimezone(ZoneInfo(authority.time_zone))
            hours = _hours(at)
            day = (at, hours[-1])
            due = unit.case_search.due({"due_at": (at, *hours), "step_due": day, "supplement_due": day}, LINES)
            count, lines = unit.case_search.confirmations(hours[-1], LINES)
        legal, targets, owed = (due[kind].spans for kind in ("due_at", "step_due", "supplement_due"))
        return Board(at, legal[0], legal[1:-1], legal[-1], due["due_at"].undated, targets[:-1], owed[:-1], count, lines)

    def _filter(self, asker: Asker, whose: Whose) -> QueueFilter:
        if whose == "mine":
            return QueueFilter(officer=asker.person or UUID(int=0))
        if whose in STATUSES:
            return QueueFilter(STATUSES[whose], unassigned=whose == "free")
        raise BadRequest("bad-option", f"whose must be one of {', '.join(WHOSE)}.", option="whose")


def place_text(place: Place) -> str:
    """Write a place as text, in ASCII; `read_place` reads it."""
    return f"{place.at.astimezone(UTC).isoformat()}~{place.id}".replace("+00:00", "Z")


def read_place(text: str) -> Place | None:
    """Read what `place_text` wrote; None for empty text. BadRequest `bad-option` (`after`)."""
    if not text:
        return None
    at, _, id_ = text.partition("~")
    with suppress(ValueError):
        found = Place(datetime.fromisoformat(at), UUID(id_))
        if found.at.tzinfo:
            return found
    raise BadRequest("bad-option", "after must come from an answer before.", option="after")


def _own(asker: Asker) -> Scope:
    """Return the scope of an officer's own authority; BadRequest `not-allowed` for whoever has none."""
    if asker.scope.authority is None:
        raise BadRequest("not-allowed")
    return of(asker.scope.authority)


def _counts(one: Standing, whose: Whose) -> bool:
    """Tell whether dossiers that stand so are counted under one of `WHOSE`, as `Queue.work` lists them."""
    if whose == "mine":
        return one.mine
    return (not STATUSES[whose] or one.status in STATUSES[whose]) and (one.unassigned or whose != "free")


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))


def _page(found: tuple[QueueLine, ...], limit: int) -> Page:
    return Page(found[:limit], found[limit - 1].place if len(found) > limit else None)


def _hours(now: datetime) -> tuple[datetime, ...]:
    """Return the ends of this hour and of every later one of the day, at least one, on the wall clock of `now`."""
    day_ends = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [now.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in range(now.hour + 1, 24)]
    return (*ends, day_ends)
