"""Fetches the lists that are followed again: what is newer and good is taken over, or waits for two people.

1. each list that is due is fetched, all hosts side by side, within one budget of time;
2. what came is checked against the pins of its scheme, in a worker where there is one: hostile until then. Where the
   signer of a list of lists is not pinned, the pivots that it names are fetched: they may lead there from a pin;
3. a newer list of a scheme that is followed automatically is taken over, all of one round in one change of trust;
   of any other scheme it is kept in the archive and noted as waiting;
4. how each list stands is noted with the code of what is wrong; the last good state stays whatever comes.

Lists to which a list of lists newly points are fetched in the next round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

import structlog

from verifier.errors import BadRequest, CouldNotJudge, VerifierError
from verifier.keeping.alarms import WAITS
from verifier.keeping.timing import after_failure, after_success, due
from verifier.outside.clock import Clock
from verifier.outside.failures import FetchFailed
from verifier.outside.fetch import Fetches, FetchLimits, Request, origin_of
from verifier.outside.hosts import Hosts
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import TrustSource
from verifier.trust.lists.checking import checked
from verifier.trust.lists.following import after_pivots, pivot_addresses
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.model import ListKind
from verifier.trust.lists.taking import take

AUTOMATIC = "automatic"
BY = "refresh"
"""Who stands in the origin of what was taken over by itself."""
LIMITS = FetchLimits(bytes=20 * 1024 * 1024, seconds=60)
"""Of one list; the largest published ones have 6 MiB."""
RUN_SECONDS = 120.0
"""Time for all fetches of one run; what is left over stays due."""
AT_ONCE = 8
"""Hosts asked at the same time."""
ROUNDS = 3
"""A list of lists, the lists of lists below it, and their lists."""
ATTEMPTS = 3
"""Times that a change of trust is made anew because another came first."""
CHANGED = "changed-meanwhile"
NOT_PINNED = "signer-not-pinned"
PIVOTS = 20
"""Pivots that are fetched for one list; hostile until they are checked."""

log = structlog.get_logger("verifier.keeping")


R = TypeVar("R")


class Archives(Protocol):
    """Keeps files for good."""

    def keep(self, data: bytes) -> str:
        """Keep a file and return its SHA-256."""


class Keeps(Protocol):
    """What is needed of the keeper of trust."""

    @property
    def archive(self) -> Archives:
        """Where lists are kept as they came."""

    def snapshot(self) -> TrustSnapshot:
        """Return the snapshot in use."""

    def adopt_refreshed(self, snapshot: TrustSnapshot, reason: str, now: datetime, *, base: str, by: str = BY) -> bool:
        """Use a snapshot made of `base`; False where that is not in use any more."""


class Runs(Protocol):
    """What is needed of a worker pool."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        """Return `function(*args)`, run under limits; CouldNotJudge where it goes beyond them."""


@dataclass(frozen=True)
class _Came:
    """What came for a scheme, and what became of it."""

    scheme: Scheme
    data: bytes = field(default=b"", repr=False)
    problem: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    found: Inspection | None = None
    """Set where the list is good."""
    pivots: tuple[bytes, ...] = field(default=(), repr=False)
    """Lists of lists that lead from a pin to its signer."""

    @property
    def newer(self) -> bool:
        """Whether it is good and not the list in use; `sha256` is empty where nobody pointed to it for a time."""
        return self.found is not None and (self.sequence != self.scheme.sequence or not self.scheme.sha256)

    @property
    def sequence(self) -> int | None:
        """The number of a good list."""
        return int(self.found.content.sequence) if self.found and self.found.content else None

    @property
    def good(self) -> bool:
        """Whether the operator's address holds a list that can be used."""
        return self.problem in ("", WAITS)


class Refresh:
    """The job; safe for one run at a time."""

    def __init__(
        self,
        database: Database,
        keeper: Keeps,
        fetcher: Fetches,
        clock: Clock,
        *,
        pool: Runs | None = None,
        seconds: float = RUN_SECONDS,
    ) -> None:
        """`pool` is where what came is read first; None to read it here."""
        self._database, self._keeper, self._clock, self._pool = database, keeper, clock, pool
        self._fetcher, self._seconds = Hosts(fetcher), seconds

    def run(self, now: datetime) -> int:
        """Fetch what is due as of `now`; return how many lists were asked for. CouldNotJudge as `Keeps.snapshot`."""
        deadline, tried = time.monotonic() + self._seconds, set[str]()
        self._forget_gone(self._keeper.snapshot())
        for _ in range(ROUNDS):
            wanted = [one for one in self._due(self._keeper.snapshot(), now) if one.id not in tried]
            if not wanted or time.monotonic() >= deadline:
                break
            tried.update(one.id for one in wanted)
            came = [self._checked(one, deadline) for one in self._fetched(wanted, deadline)]
            self._note(self._taken_over(came))
        return len(tried)

    # --- inside --------------------------------------------------------------------------------------------------

    def _due(self, snapshot: TrustSnapshot, now: datetime) -> list[Scheme]:
        """Return the schemes to fetch, lists of lists first."""
        known = self._sources()
        found = [one for one in snapshot.schemes if one.location and one.pins and due(one, known.get(one.id), now)]
        return sorted(found, key=lambda one: (one.kind != ListKind.LIST_OF_LISTS, one.id))

    def _forget_gone(self, snapshot: TrustSnapshot) -> None:
        followed = {one.id for one in snapshot.schemes if one.location and one.pins}
        with self._database.unit(SYSTEM) as unit:
            for source in unit.trust.sources():
                if source.scheme not in followed:
                    unit.trust.drop_source(source.scheme)

    def _sources(self) -> dict[str, TrustSource]:
        with self._database.unit(SYSTEM) as unit:
            return {source.scheme: source for source in unit.trust.sources()}

    def _fetched(self, wanted: Sequence[Scheme], deadline: float) -> list[_Came]:
        """Fetch, one list of a host after the other; what the time does not allow for stays as it is."""
        hosts: dict[str, list[Scheme]] = {}
        for scheme in wanted:
            hosts.setdefault(origin_of(scheme.location), []).append(scheme)

        def lane(schemes: Iterable[Scheme]) -> list[_Came]:
            return [self._fetch(one, deadline) for one in schemes if time.monotonic() < deadline]

        with ThreadPoolExecutor(min(len(hosts), AT_ONCE), thread_name_prefix="lists") as threads:
            return [came for lane_came in threads.map(lane, hosts.values()) for came in lane_came]

    def _fetch(self, scheme: Scheme, deadline: float) -> _Came:
        try:
            return _Came(scheme, self._get(scheme.location, deadline))
        except FetchFailed as failed:
            return _Came(scheme, problem=failed.failure.value, params=failed.params)

    def _get(self, address: str, deadline: float) -> bytes:
        seconds = min(LIMITS.seconds, max(0.0, deadline - time.monotonic()))
        return self._fetcher.fetch(Request(address), replace(LIMITS, seconds=seconds))

    def _checked(self, came: _Came, deadline: float) -> _Came:
        if came.problem:
            return came
        try:
            came = self._inspected(came, deadline)
        except FetchFailed as failed:
            return replace(came, problem=failed.failure.value, params=failed.params)
        except (BadRequest, CouldNotJudge) as refused:
            return _refused(came, refused)
        if not came.newer or came.scheme.refresh == AUTOMATIC:
            return came
        kept, *pivots = [self._keeper.archive.keep(one) for one in (came.data, *came.pivots)]
        return replace(came, problem=WAITS, params={"sequence": str(came.sequence), "sha256": kept, "pivots": pivots})

    def _inspected(self, came: _Came, deadline: float) -> _Came:
        """Return it with what stands in the list. BadRequest, CouldNotJudge, FetchFailed where it is not good."""
        given, now = (came.data, came.scheme), self._clock.now()
        try:
            return replace(came, found=self._worked(_read, *given, now, ()))
        except BadRequest as refused:
            if refused.problem.code != NOT_PINNED or came.scheme.kind != ListKind.LIST_OF_LISTS:
                raise
            addresses = self._worked(_pivots_of, came.data, now)
            if not addresses:
                raise
        pivots = tuple(self._get(one, deadline) for one in addresses)
        return replace(came, found=self._worked(_read, *given, now, pivots), pivots=pivots)

    def _worked(self, function: Callable[..., R], *given: Any) -> R:
        return self._pool.run(function, *given) if self._pool else function(*given)

    def _taken_over(self, came: Sequence[_Came]) -> list[_Came]:
        """Take over what is newer and followed automatically; whatever is refused on the way is told with its code."""
        for _ in range(ATTEMPTS):
            base = self._keeper.snapshot()
            after, told = self._taken(base, came)
            if after.id == base.id:
                return told
            names = ", ".join(f"{one.scheme.id} {one.sequence}" for one in told if one.good and _takes(one))
            if self._keeper.adopt_refreshed(after, names, self._clock.now(), base=base.id, by=BY):
                log.info("newer trusted lists are in use", lists=names, snapshot=after.id)
                return told
        return [replace(one, problem=CHANGED) if _takes(one) else one for one in came]

    def _taken(self, base: TrustSnapshot, came: Sequence[_Came]) -> tuple[TrustSnapshot, list[_Came]]:
        told: list[_Came] = []
        for one in came:
            if not _takes(one):
                told.append(one)
                continue
            try:
                base = take(base, one.scheme.id, one.data, self._clock.now(), by=BY, pivots=one.pivots)
            except (BadRequest, CouldNotJudge) as refused:
                told.append(_refused(one, refused))
            else:
                self._keeper.archive.keep(one.data)
                told.append(one)
        return base, told

    def _note(self, came: Iterable[_Came]) -> None:
        known, now = self._sources(), self._clock.now()
        with self._database.unit(SYSTEM) as unit:
            for one in came:
                unit.trust.put_source(_standing(one, known.get(one.scheme.id), now))
                if not one.good:
                    log.warning("a trusted list cannot be refreshed", scheme=one.scheme.id, code=one.problem)


def _read(data: bytes, scheme: Scheme, at: datetime, pivots: tuple[bytes, ...]) -> Inspection:
    """Read a list that came, in a worker; BadRequest where it may not be taken over."""
    return checked(data, after_pivots(scheme, [one for one in pivots if one != data], at), at)


def _pivots_of(data: bytes, at: datetime) -> tuple[str, ...]:
    """Return the addresses of pivots that a list names, in a worker; nobody vouches for them."""
    content = inspect(data, at).content
    return pivot_addresses(content)[-PIVOTS:] if content else ()


def _takes(came: _Came) -> bool:
    return came.newer and came.scheme.refresh == AUTOMATIC


def _refused(came: _Came, refused: VerifierError) -> _Came:
    problem = refused.problem
    return replace(came, problem=problem.code, params={**problem.params, "detail": problem.detail})


def _standing(came: _Came, before: TrustSource | None, now: datetime) -> TrustSource:
    """Return how a list stands after this attempt."""
    scheme = came.scheme
    good_at = before.good_at if before else None
    failures = before.failures if before else 0
    if came.good:
        content = came.found.content if came.found else None
        next_try_at = after_success(scheme, content.next_update if content else None, now)
        good_at, failures = now, 0
    else:
        failures += 1
        next_try_at = after_failure(scheme, failures, now)
    return TrustSource(scheme.id, scheme.location, now, good_at, next_try_at, failures, came.problem, dict(came.params))
