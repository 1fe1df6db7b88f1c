"""Kinds of authorities and what each may do by law (`verifier/law/competence`), held against what one is given."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from uuid import uuid4

from verifier.errors import BadRequest
from verifier.law import competence as law
from verifier.law.records import Words
from verifier.law.source import Source
from verifier.storage.authorities import Authority, Competence

LAST_DAY = date.max
"""Stands for an end that is not known."""


@dataclass(frozen=True)
class Basis:
    """One entry of the law: what a kind of authority may do in one procedure."""

    kind: str
    procedure: str
    capacity: str
    """`decide`, or `receive`: take in and forward only."""
    valid_from: date
    valid_until: date | None
    """Last day; None where no end is known."""
    citation: str
    status: str
    """How certain it is: `verified`, `partial` or `unverified`."""
    only: tuple[str, ...] = ()
    """Names of the provinces and cities to which alone it is given."""

    def covers(self, one: Competence, name: str) -> bool:
        """Tell whether a competence of an authority with this Vietnamese name lies within this entry."""
        fits = (one.procedure, one.capacity) in {(self.procedure, self.capacity), (self.procedure, "receive")}
        end = self.valid_until or LAST_DAY
        named = not self.only or any(place.casefold() in name.casefold() for place in self.only)
        return fits and named and self.valid_from <= one.valid_from and (one.valid_until or LAST_DAY) <= end


@dataclass(frozen=True)
class Kinds:
    """All kinds."""

    kinds: Mapping[str, Mapping[str, str]]
    """Name by kind and language."""
    procedures: Mapping[str, Mapping[str, str]]
    """Name by procedure and language."""
    bases: tuple[Basis, ...]

    def of(self, kind: str) -> tuple[Basis, ...]:
        """Return what one kind may do."""
        return tuple(one for one in self.bases if one.kind == kind)


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """Read the law that this release ships; BadLaw where it is not as it must be."""
    told = law.Competences.read(Source())
    return Kinds(_plain(told.kinds), _plain(told.procedures), tuple(_basis(one) for one in told.bases))


def check_competences(authority: Authority, told: Sequence[Competence]) -> None:
    """Hold a set of competences against the law and the authority's own life.

    BadRequest `competence-without-law` where nothing in the law covers one, `competence-overlaps` where two of one
    procedure hold on the same day, `competence-outside` where one reaches beyond the authority's own period.
    """
    allowed = kinds().of(authority.kind)
    for one in told:
        period = f"{one.procedure} {one.valid_from}–{one.valid_until or '…'}"
        if not any(basis.covers(one, authority.name_vi) for basis in allowed):
            raise BadRequest("competence-without-law", period, procedure=one.procedure, kind=authority.kind)
        within = authority.valid_from <= one.valid_from
        if not within or (one.valid_until or LAST_DAY) > (authority.valid_until or LAST_DAY):
            raise BadRequest("competence-outside", period, procedure=one.procedure)
    for procedure in {one.procedure for one in told}:
        if _overlap([one for one in told if one.procedure == procedure]):
            raise BadRequest("competence-overlaps", procedure, procedure=procedure)


def by_law(authority: Authority) -> tuple[Competence, ...]:
    """Return all that the law gives to every authority of this kind, within its own life.

    What the law gives to named provinces alone is written down for each by two people.
    """
    return tuple(
        Competence(
            uuid4(),
            authority.id,
            basis.procedure,
            basis.capacity,
            max(basis.valid_from, authority.valid_from),
            _earlier(basis.valid_until, authority.valid_until),
            basis.citation,
        )
        for basis in kinds().of(authority.kind)
        if not basis.only
        and max(basis.valid_from, authority.valid_from) <= (authority.valid_until or LAST_DAY)
        and authority.valid_from <= (basis.valid_until or LAST_DAY)
    )


def _plain(names: Mapping[str, Words]) -> Mapping[str, Mapping[str, str]]:
    return {name: {"vi": words.vi, "en": words.en} for name, words in names.items()}


def _basis(told: law.Basis) -> Basis:
    entry = told.entry
    last = None if entry.until is None else entry.until - timedelta(days=1)
    first = entry.since or date.min
    return Basis(told.kind, told.procedure, told.capacity, first, last, entry.citation, entry.status, only=told.only)


def _earlier(one: date | None, other: date | None) -> date | None:
    first = min(one or LAST_DAY, other or LAST_DAY)
    return None if first == LAST_DAY else first


def _overlap(entries: Sequence[Competence]) -> bool:
    ordered = sorted(entries, key=lambda one: one.valid_from)
    return any(after.valid_from <= (before.valid_until or LAST_DAY) for before, after in itertools.pairwise(ordered))
