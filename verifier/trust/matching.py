"""Comparing a certificate and its path with the subject rules of the register; the most specific rule wins.

Rules are found by their rarest value, folded: those that cannot fit are not looked at, however many there are.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from asn1crypto import x509 as asn1

from verifier.countries import VIET_NAM
from verifier.snapshot import VIETNAMESE, Anchor, Branch, NotifiedAuthority, Specimen, SubjectRule
from verifier.trust.folding import folded, same
from verifier.trust.register_rules import subject_parts
from verifier.trust.spelling import spellings
from verifier.x509 import Certificate

_ATTRIBUTES = {
    "organization": "organization_name",
    "unit": "organizational_unit_name",
    "common_name": "common_name",
    "locality": "locality_name",
    "country": "country_name",
    "organization_identifier": "organization_identifier",
    "serial_number": "serial_number",
    "uid": "user_id",
}
_IDENTIFIERS = frozenset({"organization_identifier", "serial_number", "uid"})
MOST_VALUES = 64
"""Values of the subject's name that are looked at; a certificate with more of them fits nobody."""


@dataclass(frozen=True)
class Signatory:
    """Whom a certificate names, and who vouches for it."""

    path: tuple[Certificate, ...]
    """The signer's certificate first; the anchor's may be the last."""
    anchor: Anchor
    territory: str = ""
    """Of the list that brought the anchor (TS 119 612 5.3.10); empty for an anchor kept by hand."""

    @property
    def leaf(self) -> Certificate:
        """The signer's certificate."""
        return self.path[0]

    @cached_property
    def subject(self) -> dict[str, tuple[str, ...]]:
        """The values of the subject's name by part of a rule; what cannot be read is left out."""
        pairs = [pair for rdn in self.leaf.asn1.subject.chosen for pair in rdn]
        if len(pairs) > MOST_VALUES:
            return {}
        return {part: tuple(_values(pairs, kind)) for part, kind in _ATTRIBUTES.items()}

    @cached_property
    def policies(self) -> frozenset[str]:
        """OIDs of the certificate's policies."""
        try:
            value = self.leaf.asn1.certificate_policies_value
            return frozenset(one["policy_identifier"].dotted for one in value or ())
        except (ValueError, TypeError, KeyError):
            return frozenset()

    @cached_property
    def issuers(self) -> frozenset[str]:
        """SHA-256 of every certificate above the signer's, the anchor included; in all their spellings."""
        return frozenset(name for one in (*self.path[1:], self._top) for name in spellings(one))

    @cached_property
    def anchor_country(self) -> str:
        """The state of the anchor: Viet Nam for its two branches, else what its own name says.

        A list of one state does not make anchors of another: where the two differ it is of none. Vietnamese lists tell
        of all states, as the register does.
        """
        if self.anchor.branch in VIETNAMESE:
            return VIET_NAM
        named = self.country_of(self._top.asn1.subject)
        return named if self.territory in ("", VIET_NAM) or state_of(self.territory) == named else ""

    @property
    def foreign(self) -> bool:
        """Whether it comes from outside Viet Nam, as far as the anchor tells."""
        if self.anchor.branch:
            return self.anchor.branch == Branch.FOREIGN
        return self.anchor_country not in ("", VIET_NAM)

    @property
    def units(self) -> dict[str, str]:
        """What the certificate says of a part of the authority, for people: its unit and its common name."""
        told = {"unit": self.subject.get("unit", ()), "common_name": self.subject.get("common_name", ())}
        return {name: ", ".join(values) for name, values in told.items() if values}

    @staticmethod
    def country_of(name: asn1.Name) -> str:
        """Return the country of a name in capitals; empty where it has none, or several."""
        found = set(_values([pair for rdn in name.chosen for pair in rdn], "country_name"))
        return found.pop().upper() if len(found) == 1 else ""

    @cached_property
    def _top(self) -> Certificate:
        return Certificate.parse(self.anchor.certificate)


@dataclass(frozen=True)
class Fit:
    """A specimen that fits."""

    authority: NotifiedAuthority
    specimen: Specimen

    @property
    def parts(self) -> frozenset[str]:
        """What the rule tells apart by."""
        rule = self.specimen.rule
        return frozenset({*subject_parts(rule), *(p for p in ("certificate_sha256", "issuer_sha256") if _of(rule, p))})

    @property
    def start(self) -> datetime | None:
        """From when on authority and specimen are both known."""
        return max((t for t in (self.authority.valid_from, self.specimen.valid_from) if t is not None), default=None)

    @property
    def end(self) -> datetime | None:
        """Until when."""
        return min((t for t in (self.authority.valid_until, self.specimen.valid_until) if t is not None), default=None)

    def holds(self, at: datetime) -> bool:
        """Whether both are in force at the instant."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def beats(self, other: Fit) -> bool:
        """Whether this rule is more specific: by class, then as it asks for all that the other does, and for more."""
        if self._rank != other._rank:
            return self._rank > other._rank
        return self._rank != _CERTIFICATE and self.parts > other.parts

    @property
    def _rank(self) -> int:
        if "certificate_sha256" in self.parts:
            return _CERTIFICATE
        if not self.parts & _IDENTIFIERS:
            return 0
        return 2 if "issuer_sha256" in self.parts else 1


_CERTIFICATE = 3


@dataclass(frozen=True)
class Near:
    """An authority whose names a certificate bears without being one of its own."""

    authority: NotifiedAuthority
    missing: str
    """`branch`, `issuer` or `country`."""


def best_fits(signatory: Signatory, authorities: Sequence[NotifiedAuthority]) -> tuple[Fit, ...]:
    """Return the specimens that fit and to which no other is more specific, whatever their dates.

    A specimen that is over is not passed by for a more general one that is not: it was withdrawn on purpose.
    """
    near = _index_of(authorities).near(signatory)
    fits = [Fit(a, s) for a, s in near if not _missing(signatory, a, s.rule)]
    return tuple(one for one in fits if not any(other.beats(one) for other in fits))


def nearest(signatory: Signatory, authorities: Sequence[NotifiedAuthority]) -> Near | None:
    """Return whose names the certificate bears where only branch, issuer or state of the anchor are wrong."""
    found = []
    for authority, specimen in _index_of(authorities).near(signatory):
        missing = _missing(signatory, authority, specimen.rule)
        if subject_parts(specimen.rule) and set(missing) <= {"branch", "issuer", "country"}:
            fit = Fit(authority, specimen)
            found.append((-len(fit.parts), authority.id, Near(authority, missing[0])))
    return min(found, key=lambda one: one[:2])[2] if found else None


def state_of(territory: str) -> str:
    """Return the code of ISO 3166-1 for a list's territory: it may be a part of a state, or spelled as the EU does."""
    state = territory.upper()[:2]
    return {"EL": "GR", "UK": "GB"}.get(state, state)


# --- finding rules -----------------------------------------------------------------------------------------------

_Place = tuple[str, str]
"""A part of a rule and one of its values, folded."""


class _Index:
    """The specimens of a register, each under all values of one part of its rule, of which one is needed for it."""

    def __init__(self, authorities: Iterable[NotifiedAuthority]) -> None:
        self._specimens = [(authority, one) for authority in authorities for one in authority.specimens]
        told = [_places(specimen.rule) for _, specimen in self._specimens]
        often = Counter(place for parts in told for places in parts for place in places)
        self._found: dict[_Place, list[int]] = {}
        for number, parts in enumerate(told):
            rarest = min(parts, key=lambda places: sum(often[place] for place in places), default=frozenset[_Place]())
            for place in rarest:
                self._found.setdefault(place, []).append(number)

    def near(self, signatory: Signatory) -> list[tuple[NotifiedAuthority, Specimen]]:
        """Return those that may fit, in the order of the register: all others do not."""
        stated = {(part, folded(one)) for part in _ATTRIBUTES for one in signatory.subject.get(part, ())}
        stated |= {("certificate_sha256", one) for one in spellings(signatory.leaf)}
        stated |= {("issuer_sha256", one) for one in signatory.issuers}
        numbers = {number for place in stated for number in self._found.get(place, ())}
        return [self._specimens[number] for number in sorted(numbers)]


def _places(rule: SubjectRule) -> list[frozenset[_Place]]:
    """Return the values of each part of a rule that tells certificates apart."""
    names = [part for part in (*subject_parts(rule), "certificate_sha256") if _of(rule, part)] or ["issuer_sha256"]
    return [frozenset((name, folded(value)) for value in _of(rule, name)) for name in names]


_INDEXES: OrderedDict[int, tuple[Sequence[NotifiedAuthority], _Index]] = OrderedDict()
_KEPT_INDEXES = 4


def _index_of(authorities: Sequence[NotifiedAuthority]) -> _Index:
    """The index of this very register, kept for those used last; the entry keeps the register, so its id holds."""
    known = _INDEXES.get(id(authorities))
    if known is not None and known[0] is authorities:
        return known[1]
    index = _Index(authorities)
    if isinstance(authorities, tuple):
        _INDEXES[id(authorities)] = (authorities, index)
        while len(_INDEXES) > _KEPT_INDEXES:
            _INDEXES.popitem(last=False)
    return index


# --- comparing ---------------------------------------------------------------------------------------------------


def _missing(signatory: Signatory, authority: NotifiedAuthority, rule: SubjectRule) -> tuple[str, ...]:
    """Return what keeps a rule from fitting: `subject`, `branch`, `issuer`, `country`; nothing where it fits."""
    if not _subject_fits(signatory, rule):
        return ("subject",)
    missing: list[str] = []
    if rule.branch and signatory.anchor.branch not in rule.branch:
        missing.append("branch")
    if rule.issuer_sha256 and not signatory.issuers & set(rule.issuer_sha256):
        missing.append("issuer")
    if not _may_speak(signatory, authority, rule):
        missing.append("country")
    return tuple(missing)


def _subject_fits(signatory: Signatory, rule: SubjectRule) -> bool:
    if not (subject_parts(rule) or rule.certificate_sha256 or rule.issuer_sha256):
        return False
    if rule.certificate_sha256 and not spellings(signatory.leaf) & set(rule.certificate_sha256):
        return False
    if rule.policy and not signatory.policies & set(rule.policy):
        return False
    return all(_part_fits(signatory, part, _of(rule, part)) for part in _ATTRIBUTES if _of(rule, part))


def _part_fits(signatory: Signatory, part: str, wanted: Sequence[str]) -> bool:
    stated = signatory.subject.get(part, ())
    if part in _IDENTIFIERS or part == "country":
        return bool({folded(one) for one in stated} & {folded(one) for one in wanted} - {""})
    return any(same(one, other) for one in stated for other in wanted)


def _may_speak(signatory: Signatory, authority: NotifiedAuthority, rule: SubjectRule) -> bool:
    """A CA of one state does not speak for an authority of another, unless the specimen names it or the certificate."""
    if rule.certificate_sha256 or rule.issuer_sha256:
        return True
    return signatory.anchor_country == authority.country


def _of(rule: SubjectRule, name: str) -> tuple[str, ...]:
    return tuple(getattr(rule, name))


def _values(pairs: Iterable[asn1.NameTypeAndValue], kind: str) -> Iterator[str]:
    for pair in pairs:
        if pair["type"].native == kind:
            try:
                yield str(pair["value"].native)
            except (ValueError, TypeError, KeyError):
                continue
