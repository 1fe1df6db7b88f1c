"""How the trust store stands, prepared for its page: what is wrong first, then lists, anchors by branch, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from verifier.errors import CouldNotJudge, Problem
from verifier.keeping.alarms import NEVER_CAME, WAITS, ListState, Severity, TrustState
from verifier.keeping.alarms import state as standing
from verifier.keeping.operations import anchor_key
from verifier.plain import visible
from verifier.snapshot import Anchor, Branch, Scheme, TrustSnapshot
from verifier.storage.trust import TrustSource
from verifier.web.chrome import say, words
from verifier.web.trust.base import branch_name, desk, fetch_words, problem_words, told

SHOWN = 100
"""Anchors of one branch that are shown; the snapshot's own page has all of them."""
_LOOKS = {Severity.FINE: "ok", Severity.SOON: "info", Severity.FAILING: "open", Severity.OVERDUE: "bad"}
EMPTY = {"trust-store-empty", "trust-store-missing"}


@dataclass(frozen=True)
class Alarm:
    """Something that somebody must see to."""

    look: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class ListLine:
    """A list that is followed."""

    id: str
    name: str
    territory: str
    branch: str
    sequence: str
    issued: datetime | None
    next_update: datetime | None
    refresh: str
    look: str
    state: str
    good_at: datetime | None
    age: str
    """How long ago it was last fetched and found good; empty where it never was."""
    waits: bool = False
    """A newer one was fetched and waits for two people."""
    own: bool = False
    """Pinned by hand, so that how it is followed can be changed; a list of lists tells it of the others."""


@dataclass(frozen=True)
class AnchorLine:
    """An anchor."""

    name: str
    sha256: str
    uses: str
    source: str
    look: str
    state: str
    until: datetime | None
    listed: bool
    """It stands for a service of a list."""


@dataclass(frozen=True)
class BranchPart:
    """The anchors of one branch."""

    code: str
    name: str
    count: int
    listed: int
    """How many of them come from lists."""
    lines: tuple[AnchorLine, ...]


@dataclass(frozen=True)
class StoreView:
    """The whole page."""

    snapshot: TrustSnapshot | None
    trouble: Problem | None
    alarms: tuple[Alarm, ...]
    lists: tuple[ListLine, ...]
    branches: tuple[BranchPart, ...]

    @property
    def empty(self) -> bool:
        """Nothing is trusted at all."""
        return self.trouble is not None and self.trouble.code in EMPTY


def store_view() -> StoreView:
    """Return the state of the store now."""
    now = desk().clock.now()
    try:
        snapshot = desk().keeper.snapshot()
    except CouldNotJudge as refusal:
        return StoreView(None, refusal.problem, (), (), ())
    sources = desk().sources()
    alarms = tuple(_alarms(standing(snapshot, sources, now, timedelta())))
    return StoreView(snapshot, None, alarms, lists_of(snapshot, sources, now), branches_of(snapshot, now, SHOWN))


def lists_of(snapshot: TrustSnapshot, sources: Iterable[TrustSource], now: datetime) -> tuple[ListLine, ...]:
    """Return the lines of all lists, the worst first."""
    schemes = {one.id: one for one in snapshot.schemes}
    return tuple(_list(schemes[one.scheme], one, now) for one in standing(snapshot, sources, now, timedelta()).lists)


def branches_of(snapshot: TrustSnapshot, now: datetime, limit: int) -> tuple[BranchPart, ...]:
    """Return the anchors by branch, those kept by hand first; of each branch at most `limit` lines."""
    codes = [*Branch, *sorted({one.branch for one in snapshot.anchors} - set(Branch))]
    counts = Counter(one.branch for one in snapshot.anchors)
    listed = Counter(one.branch for one in snapshot.anchors if one.service)
    parts = []
    for code in (one for one in codes if counts[one]):
        own = [one for one in snapshot.anchors if one.branch == code]
        own.sort(key=lambda one: (bool(one.service), one.name.casefold()))
        lines = tuple(anchor_line(one, now) for one in own[:limit])
        parts.append(BranchPart(str(code), branch_name(code), counts[code], listed[code], lines))
    return tuple(parts)


def anchor_line(anchor: Anchor, now: datetime) -> AnchorLine:
    """Return the line of an anchor."""
    uses = ", ".join(say(f"trust-use-{one}") for one in sorted(anchor.uses))
    look, state = ("ok", say("trust-trusted")) if anchor.trusted_at(now) else ("plain", say("trust-ended"))
    source = anchor.source or anchor.origin.name
    return AnchorLine(
        visible(anchor.name),
        anchor_key(anchor),
        uses,
        visible(source),
        look,
        state,
        anchor.trusted_until,
        bool(anchor.service),
    )


def _list(scheme: Scheme, stands: ListState, now: datetime) -> ListLine:
    good_at = stands.good_at or scheme.origin.came_at
    look = _LOOKS[stands.severity] if stands.sequence is not None or stands.problem else "none"
    return ListLine(
        id=scheme.id,
        name=visible(scheme.name),
        territory=visible(scheme.territory),
        branch=branch_name(scheme.branch),
        sequence="" if scheme.sequence is None else str(scheme.sequence),
        issued=scheme.issued,
        next_update=scheme.next_update,
        refresh=told(f"trust-refresh-{scheme.refresh}", scheme.refresh),
        look=look,
        state=_state_word(stands),
        good_at=good_at,
        age="" if good_at is None or scheme.sequence is None else words().age(max(now - good_at, timedelta())),
        waits=stands.problem == WAITS,
        own=not scheme.parent,
    )


def _state_word(stands: ListState) -> str:
    if stands.problem == NEVER_CAME:
        return say("trust-list-none")
    return say("trust-list-waits") if stands.problem == WAITS else say(f"trust-list-{stands.severity.word}")


def _alarms(found: TrustState) -> Iterator[Alarm]:
    """Yield what somebody must see to, the worst first."""
    for one in found.lists:
        look, name = _LOOKS[one.severity], visible(one.name)
        if one.next_update is not None and one.left is not None and one.left <= timedelta():
            told_at = words().when(one.next_update)
            yield Alarm("bad", say("trust-alarm-overdue", name=name, time=told_at), say("trust-alarm-overdue-do"))
        if one.problem == WAITS:
            yield Alarm(look, say("trust-alarm-waits", name=name, sequence=str(one.params.get("sequence", ""))))
        elif one.problem and one.problem != NEVER_CAME:
            params = {key: str(value) for key, value in one.params.items()}
            problem = Problem(one.problem, str(one.params.get("detail", "")), params)
            why, advice = fetch_words(problem) or problem_words(problem)
            yield Alarm(look, say("trust-alarm-source", name=name, count=one.failures, why=why), advice)
