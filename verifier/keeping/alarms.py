"""How trust stands at an instant: how old each list is, what fails, what needs somebody; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from verifier.snapshot import Scheme, TrustSnapshot
from verifier.storage.trust import TrustSource

SOON = timedelta(days=3)
"""A list whose NextUpdate is as near as this should have been renewed by its operator."""
WAITS = "newer-list-waits"
"""What stands as `TrustSource.problem` where a newer list was found good and two people have to take it over."""
NEVER_CAME = "list-never-came"
"""Said of a list that is followed and of which nothing was ever taken over."""


class Severity(IntEnum):
    """How urgently somebody has to see to it, least first."""

    FINE = 0
    SOON = 1
    """Nothing is wrong yet: NextUpdate is near, or a newer list waits for two people."""
    FAILING = 2
    """The list in use still holds, but fetching a newer one fails."""
    OVERDUE = 3
    """NextUpdate of the list in use has passed, or no list ever came and fetching it fails."""

    @property
    def word(self) -> str:
        """Its name as it stands in JSON and metrics."""
        return self.name.lower()


@dataclass(frozen=True)
class ListState:
    """How one list that is followed stands."""

    scheme: str
    name: str
    severity: Severity
    sequence: int | None = None
    """Of the list in use; None where there is none."""
    issued: datetime | None = None
    next_update: datetime | None = None
    """None where there is no list, or where it says that it is the last one."""
    age: timedelta | None = None
    """Since it was issued; None where there is none."""
    left: timedelta | None = None
    """Until NextUpdate; negative where that has passed."""
    good_at: datetime | None = None
    """When the operator's address was last found to hold a good list, newer or not."""
    failures: int = 0
    """Attempts in a row that failed."""
    problem: str = ""
    """Code; empty where nothing is wrong."""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrustState:
    """How trust stands at one instant."""

    snapshot: str
    """Id of the snapshot in use; empty where there is none."""
    anchors: int
    age: timedelta | None
    """Since this snapshot came into use; None where that is not known."""
    lists: tuple[ListState, ...] = ()
    """Worst first, then by scheme."""
    too_old: tuple[str, ...] = ()
    """Schemes whose list is overdue by more than the grace that the operator gives."""

    @property
    def severity(self) -> Severity:
        """Of the worst list."""
        return max((one.severity for one in self.lists), default=Severity.FINE)

    @property
    def trouble(self) -> str:
        """Why nothing can be judged by it: `trust-store-empty`, `trust-list-overdue`; empty where it can."""
        if not self.anchors:
            return "trust-store-empty"
        return "trust-list-overdue" if self.too_old else ""

    def count(self, severity: Severity) -> int:
        """How many lists are as bad as that."""
        return sum(one.severity is severity for one in self.lists)


NOTHING = TrustState("", 0, None)


def state(
    snapshot: TrustSnapshot,
    sources: Iterable[TrustSource],
    now: datetime,
    grace: timedelta,
    since: datetime | None = None,
) -> TrustState:
    """Return how trust stands at `now`; `since` is when the snapshot came into use.

    A clock that was set back makes nothing older or younger than it is: ages are never negative.
    """
    known = {source.scheme: source for source in sources}
    lists = [_list(scheme, known.get(scheme.id), now) for scheme in snapshot.schemes]
    return TrustState(
        snapshot=snapshot.id,
        anchors=len(snapshot.anchors),
        age=None if since is None else _not_negative(now - since),
        lists=tuple(sorted(lists, key=lambda one: (-one.severity, one.scheme))),
        too_old=tuple(sorted(one.scheme for one in lists if one.left is not None and one.left < -grace)),
    )


def _list(scheme: Scheme, source: TrustSource | None, now: datetime) -> ListState:
    left = None if scheme.next_update is None else scheme.next_update - now
    problem = source.problem if source and not _taken(scheme, source) else ""
    if not problem and scheme.sequence is None:
        problem = NEVER_CAME
    return ListState(
        scheme=scheme.id,
        name=scheme.name,
        severity=_severity(scheme, left, problem),
        sequence=scheme.sequence,
        issued=scheme.issued,
        next_update=scheme.next_update,
        age=None if scheme.issued is None else _not_negative(now - scheme.issued),
        left=left,
        good_at=source.good_at if source else None,
        failures=source.failures if source else 0,
        problem=problem,
        params=dict(source.params) if source and problem == source.problem else {},
    )


def _taken(scheme: Scheme, source: TrustSource) -> bool:
    """Whether the list that waited has been taken over since."""
    waits = source.problem == WAITS and scheme.sequence is not None
    return waits and str(source.params.get("sequence", "")) == str(scheme.sequence)


def _severity(scheme: Scheme, left: timedelta | None, problem: str) -> Severity:
    fails = problem not in ("", WAITS, NEVER_CAME)
    if (left is not None and left <= timedelta()) or (fails and scheme.sequence is None):
        return Severity.OVERDUE
    if fails:
        return Severity.FAILING
    return Severity.SOON if problem or (left is not None and left <= SOON) else Severity.FINE


def _not_negative(span: timedelta) -> timedelta:
    return max(span, timedelta())
