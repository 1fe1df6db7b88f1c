"""Kinds of authorities and what each may do by law: reads `kinds.toml`, strictly."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

from verifier.errors import BadRequest
from verifier.storage.authorities import Authority, Competence

LAST_DAY = date.max
"""Stands for an end that is not known."""
STATUSES = ("verified", "partial", "unverified")
_KEYS = {"kinds", "procedures", "capacity", "from", "until", "citation", "status"}


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

    def covers(self, one: Competence) -> bool:
        """Tell whether a competence lies within this entry."""
        fits = (one.procedure, one.capacity) in {(self.procedure, self.capacity), (self.procedure, "receive")}
        end = self.valid_until or LAST_DAY
        return fits and self.valid_from <= one.valid_from and (one.valid_until or LAST_DAY) <= end


@dataclass(frozen=True)
class Kinds:
    """The whole file."""

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
    """Read the file; ValueError where it is not as it must be."""
    return parse_kinds(tomllib.loads((files("verifier.accounts") / "kinds.toml").read_text("utf-8")))


def parse_kinds(told: Mapping[str, Any]) -> Kinds:
    """Make the record; ValueError names an unknown key, a name without its words, or entries that overlap."""
    if set(told) != {"names", "procedures", "competence"}:
        raise ValueError(f"kinds: unexpected parts {sorted(told)}")
    bases = tuple(
        basis
        for entry in told["competence"]
        for kind in entry["kinds"]
        for procedure in entry["procedures"]
        for basis in (_basis(entry, kind, procedure),)
    )
    found = Kinds(told["names"], told["procedures"], bases)
    for basis in bases:
        if basis.kind not in found.kinds or basis.procedure not in found.procedures:
            raise ValueError(f"kinds: no name for {basis.kind} or {basis.procedure}")
    for name in {(one.kind, one.procedure) for one in bases}:
        _refuse_overlap([one for one in bases if (one.kind, one.procedure) == name])
    return found


def check_competences(authority: Authority, told: Sequence[Competence]) -> None:
    """Hold a set of competences against the law and the authority's own life.

    BadRequest `competence-without-law` where nothing in the law covers one, `competence-overlaps` where two of one
    procedure hold on the same day, `competence-outside` where one reaches beyond the authority's own period.
    """
    allowed = kinds().of(authority.kind)
    for one in told:
        period = f"{one.procedure} {one.valid_from}–{one.valid_until or '…'}"
        if not any(basis.covers(one) for basis in allowed):
            raise BadRequest("competence-without-law", period, procedure=one.procedure, kind=authority.kind)
        within = authority.valid_from <= one.valid_from
        if not within or (one.valid_until or LAST_DAY) > (authority.valid_until or LAST_DAY):
            raise BadRequest("competence-outside", period, procedure=one.procedure)
    for procedure in {one.procedure for one in told}:
        try:
            _refuse_overlap([one for one in told if one.procedure == procedure])
        except ValueError:
            raise BadRequest("competence-overlaps", procedure, procedure=procedure) from None


def by_law(authority: Authority) -> tuple[Competence, ...]:
    """Return all that the law gives to an authority of this kind, within its own life."""
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
        if max(basis.valid_from, authority.valid_from) <= (authority.valid_until or LAST_DAY)
        and authority.valid_from <= (basis.valid_until or LAST_DAY)
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    first = min(one or LAST_DAY, other or LAST_DAY)
    return None if first == LAST_DAY else first


def _refuse_overlap(entries: Sequence[Basis | Competence]) -> None:
    ordered = sorted(entries, key=lambda one: one.valid_from)
    for before, after in itertools.pairwise(ordered):
        if after.valid_from <= (before.valid_until or LAST_DAY):
            raise ValueError(f"{after.procedure}: two entries hold on {after.valid_from}")


def _basis(entry: Mapping[str, Any], kind: str, procedure: str) -> Basis:
    if unknown := set(entry) - _KEYS:
        raise ValueError(f"kinds: unknown keys {sorted(unknown)}")
    if entry["status"] not in STATUSES or entry["capacity"] not in ("decide", "receive") or not entry["citation"]:
        raise ValueError(f"kinds: wrong status, capacity or citation for {kind} {procedure}")
    return Basis(
        kind, procedure, entry["capacity"], entry["from"], entry.get("until"), entry["citation"], entry["status"]
    )
