"""Building certification paths: every way from a certificate up to a trust anchor; pure, bounded, no clock."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count, islice

from asn1crypto import x509 as asn1

from verifier.snapshot import VIETNAMESE, Anchor, AnchorUse
from verifier.trust import standing
from verifier.trust.certfiles import load_quickly
from verifier.trust.crypto import signed_with, verification_cost
from verifier.x509 import Certificate

MAX_DEPTH = 10
"""Certificates in one path, leaf and anchor included."""
MAX_CHAINS = 16
"""Paths returned for one certificate that end in an anchor whose trust goes on; as many again for the others."""
MAX_EFFORT = 700_000
"""What the signatures tried for one certificate may cost together, in microseconds as `verification_cost` guesses."""
COSTLY = 1000
"""From here on a key is costly, in microseconds; no usual one is."""
MAX_STEPS = 8000
"""Unfinished paths that are looked at for one certificate."""
_KEPT_INDEXES = 4
_LONGEST_VALUE = 1000
"""Characters of a part of a name by which anchors are found; putting marks without end in order takes long."""


@dataclass(frozen=True)
class Chain:
    """A certification path whose names chain and whose signatures verify; nothing else is said about it."""

    path: tuple[Certificate, ...]
    """Leaf first, anchor last; an anchor itself has a path of length 1."""
    anchor: Anchor
    others: tuple[Anchor, ...] = ()
    """Further anchors with the very certificate of `anchor`: it may stand in several lists, with a history in each."""

    def trusted_at(self, instant: datetime) -> bool:
        """Whether its end is trusted at the instant, as any of its anchors."""
        return standing.trusted_at(self.anchors, instant)

    def anchor_at(self, instant: datetime) -> Anchor:
        """Return as which of its anchors it counts at the instant, of those trusted then; the first of all for none.

        Of a Vietnamese branch before others, kept by hand before listed: no foreign list takes a root of ours over by
        naming it.
        """
        trusted = [one for one in self.anchors if standing.trusted_at((one,), instant)]
        return min(trusted, key=lambda one: (one.branch not in VIETNAMESE, bool(one.service)), default=self.anchor)

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """All anchors with the certificate at its end."""
        return (self.anchor, *self.others)


@dataclass(frozen=True)
class Search:
    """What a search for paths brought."""

    chains: tuple[Chain, ...]
    complete: bool
    """Whether all that is within reach was tried; False where a bound (`MAX_DEPTH`, …) ended the search before."""
    top: Certificate
    """The certificate that is proved to stand highest, by the issuer preferred at each step: its issuer is wanted."""


def build_chains(leaf: Certificate, pool: Iterable[Certificate], anchors: Iterable[Anchor]) -> tuple[Chain, ...]:
    """Return every path from `leaf` to an anchor, never-ending trust and shortest first; empty where there is none.

    Forged issuers of the right name give no path: each signature is verified. Paths past an anchor to a further one
    are returned too, so that an anchor whose trust ended does not hide another. Validity dates, the history of anchors
    and extensions play no part; see `path.check_path`. Bounds: `MAX_DEPTH`, `MAX_CHAINS`, `MAX_EFFORT`, `MAX_STEPS`.
    """
    return search_chains(leaf, pool, anchors).chains


def search_chains(
    leaf: Certificate, pool: Iterable[Certificate], anchors: Iterable[Anchor], effort: int = MAX_EFFORT
) -> Search:
    """Build paths as `build_chains` does, and say whether the search came to its end."""
    web = _Web(leaf, pool, _anchor_index(tuple(anchors)), effort)
    chains, complete = _paths(web)
    return Search(chains, complete and not web.cut, _top(web))


_Entity = tuple[str, bytes]
"""Name and key: an entity stands in a path once (RFC 4158 2.4.2), however many certificates it has."""


class _Web:
    """Who is proved to have issued whom, from a certificate upwards: each signature is tried once, nearest first."""

    def __init__(self, leaf: Certificate, pool: Iterable[Certificate], index: _AnchorIndex, effort: int) -> None:
        self.leaf = leaf
        self.issuers: dict[Certificate, list[_Entity]] = {}
        """In the order in which they are to be tried."""
        self.certificates: dict[_Entity, list[Certificate]] = {}
        """Of the pool and of the anchors, the newest first."""
        self.anchors: dict[Certificate, tuple[Anchor, ...]] = {}
        """Those met, each with all anchors of its bytes."""
        self.cut = False
        """Whether a bound ended the search."""
        if leaf.der in index.by_der:
            self.anchors[leaf] = tuple(index.by_der[leaf.der])
        self._index, self._effort = index, effort
        self._named: dict[str, list[_Entity]] = {}
        self._known: set[Certificate] = set()
        for certificate in sorted(dict.fromkeys(pool), key=_newest):
            self._add(certificate)
        self._explore()
        self.need = self._distances()
        """For each certificate from which an anchor is reached: how many certificates stand above it at least."""

    def _add(self, certificate: Certificate) -> _Entity:
        entity = _identity(certificate)
        if entity not in self.certificates:
            self.certificates[entity] = []
            self._named.setdefault(entity[0], []).append(entity)
        if certificate not in self._known:
            self._known.add(certificate)
            self.certificates[entity].append(certificate)
        return entity

    def _explore(self) -> None:
        queue = deque([(self.leaf, 1)])
        met: set[_Entity] = set()
        while queue:
            child, length = queue.popleft()
            self.issuers[child] = self._issuers_of(child)
            new = [entity for entity in self.issuers[child] if entity not in met]
            above = [one for entity in new for one in self.certificates[entity]]
            if length + 1 >= MAX_DEPTH:
                self.cut = self.cut or any(one not in self.anchors for one in above)
                continue
            met.update(new)
            queue.extend((one, length + 1) for one in above)

    def _issuers_of(self, child: Certificate) -> list[_Entity]:
        found: dict[_Entity, None] = {}
        for anchor in self._index.issuers_of(child):
            self.anchors[anchor] = tuple(self._index.by_der[anchor.der])
            found[self._add(anchor)] = None
        own = _identity(child)
        # a certificate of the same name and key stands nowhere above it
        named = self._named.get(child.issuer_key, ()) if self._effort >= 0 else ()
        candidates = [one for one in named if one != own and one not in found]
        for entity in self._preferred(child, candidates):
            self._effort -= verification_cost(entity[1])
            if self._effort < 0:
                self.cut = True
                break
            if signed_with(child, entity[1]) is not False:
                found[entity] = None
        return list(found)

    def _preferred(self, child: Certificate, candidates: Sequence[_Entity]) -> list[_Entity]:
        """Those with the right key identifier first, costly keys last, so that they use up nothing; then the newest."""
        wanted = _authority_key_id(child)

        def order(entity: _Entity) -> tuple[bool, bool, float, str]:
            newest = self.certificates[entity][0]
            return _subject_key_id(newest) != wanted, verification_cost(entity[1]) > COSTLY, *_newest(newest)

        return sorted(candidates, key=order)

    def _distances(self) -> dict[Certificate, int]:
        below: dict[_Entity, list[Certificate]] = {}
        for child, issuers in self.issuers.items():
            for entity in issuers:
                below.setdefault(entity, []).append(child)
        need: dict[Certificate, int] = {}
        # anchors that were met may be the child's own: only an issuer counts
        ends = {_identity(anchor) for anchor in self.anchors if _identity(anchor) in below}
        queue = deque((child, 1) for entity in ends for child in below[entity])
        done: set[_Entity] = set()
        while queue:
            child, distance = queue.popleft()
            if child in need:
                continue
            need[child] = distance
            entity = _identity(child)
            if entity not in done:
                done.add(entity)
                queue.extend((one, distance + 1) for one in below.get(entity, ()))
        return need


@dataclass(frozen=True, order=True)
class _Step:
    """A path under construction; what sorts first is looked at first."""

    length: int
    """Certificates that the whole path has at least."""
    detours: int
    """How often another than the preferred issuer was taken, weighted by its place."""
    number: int
    path: tuple[Certificate, ...] = field(compare=False)
    whole: bool = field(compare=False)


def _paths(web: _Web) -> tuple[tuple[Chain, ...], bool]:
    """Enumerate the paths, shortest first, and say whether that came to its end; no step leads away from anchors."""
    ended = {certificate: all(one.trusted_until for one in anchors) for certificate, anchors in web.anchors.items()}
    chains: dict[bool, list[Chain]] = {False: [], True: []}
    heap = [_Step(1, 0, 0, (web.leaf,), whole=True)] if web.leaf in web.anchors else []
    if web.leaf in web.need:
        heap.append(_Step(1 + web.need[web.leaf], 0, 1, (web.leaf,), whole=False))
    numbers, steps = count(2), 0
    while (
        heap and steps + len(heap) < MAX_STEPS and any(len(chains[kind]) < MAX_CHAINS for kind in set(ended.values()))
    ):
        step, steps = heappop(heap), steps + 1
        if step.whole:
            anchors = web.anchors[step.path[-1]]
            chains[ended[step.path[-1]]].append(Chain(step.path, anchors[0], anchors[1:]))
            continue
        for further in islice(_further(web, step, numbers), MAX_STEPS):
            heappush(heap, further)
    found = (*chains[False][:MAX_CHAINS], *chains[True][:MAX_CHAINS])
    return found, steps + len(heap) < MAX_STEPS


def _top(web: _Web) -> Certificate:
    top, seen = web.leaf, {_identity(web.leaf)}
    while above := next((entity for entity in web.issuers.get(top, ()) if entity not in seen), None):
        seen.add(above)
        top = web.certificates[above][0]
    return top


def _further(web: _Web, step: _Step, numbers: Iterator[int]) -> Iterator[_Step]:
    """Extend a path by each issuer that is new to it: to a whole path, and to one that goes on to an anchor."""
    seen = {_identity(certificate) for certificate in step.path[1:]}
    issuers = [one for entity in web.issuers[step.path[-1]] if entity not in seen for one in web.certificates[entity]]
    for place, issuer in enumerate(issuers):
        if issuer == web.leaf:
            continue
        path, detours = (*step.path, issuer), step.detours + place
        if issuer in web.anchors:
            yield _Step(len(path), detours, next(numbers), path, whole=True)
        length = len(path) + web.need.get(issuer, MAX_DEPTH)
        if length <= MAX_DEPTH:
            yield _Step(length, detours, next(numbers), path, whole=False)


def _newest(certificate: Certificate) -> tuple[float, str]:
    return -certificate.not_before.timestamp(), certificate.sha256


def _identity(certificate: Certificate) -> _Entity:
    return certificate.subject_key, certificate.public_key


def _authority_key_id(certificate: Certificate) -> bytes | None:
    try:
        value = certificate.asn1.authority_key_identifier
    except (ValueError, TypeError, KeyError):
        return None
    return None if value is None else bytes(value)


def _subject_key_id(certificate: Certificate) -> bytes | None:
    try:
        value = certificate.asn1.key_identifier
    except (ValueError, TypeError, KeyError):
        return None
    return None if value is None else bytes(value)


class _AnchorIndex:
    """Anchors by their bytes and by a rough key of their name, so that few of many thousand are parsed."""

    def __init__(self, anchors: tuple[Anchor, ...]) -> None:
        self.by_der: dict[bytes, list[Anchor]] = {}
        self._by_name: dict[str, list[bytes]] = {}
        for anchor in anchors:
            self.by_der.setdefault(anchor.certificate, []).append(anchor)
        for der in self.by_der:
            self._by_name.setdefault(_rough_subject(der), []).append(der)

    def issuers_of(self, child: Certificate) -> Iterator[Certificate]:
        """Certificates of the anchors whose name and key issued `child`."""
        for der in self._by_name.get(_rough(_values(child.asn1.issuer)), ()):
            _note(der)
            certificate = _readable(der)
            if certificate is None or certificate.der == child.der or not _may_issue(certificate):
                continue
            if certificate.subject_key == child.issuer_key and signed_with(child, certificate.public_key) is True:
                yield certificate


_CONSULTED: ContextVar[set[bytes] | None] = ContextVar("consulted", default=None)


@contextmanager
def consulted() -> Iterator[set[bytes]]:
    """Note the certificates (DER) of all anchors that are looked at: without the others every search finds the same."""
    found: set[bytes] = set()
    token = _CONSULTED.set(found)
    try:
        yield found
    finally:
        _CONSULTED.reset(token)


def _note(der: bytes) -> None:
    found = _CONSULTED.get()
    if found is not None:
        found.add(der)


def _readable(der: bytes) -> Certificate | None:
    try:
        return Certificate.parse(der)
    except ValueError:
        return None


def _may_issue(anchor: Certificate) -> bool:
    """Whether an anchor may stand above other certificates.

    A trust anchor is taken as given (RFC 5280 6.1.1 d), so roots without extensions may. But an anchor that says by
    itself that it is an end entity is trusted for itself alone.
    """
    try:
        constraints = anchor.asn1.basic_constraints_value
    except (ValueError, TypeError, KeyError):
        return False
    if constraints is not None:
        return bool(constraints["ca"].native)
    return anchor.subject_key == anchor.issuer_key


_FITTING: OrderedDict[tuple[int, AnchorUse], tuple[tuple[Anchor, ...], tuple[Anchor, ...]]] = OrderedDict()


def anchors_for(anchors: tuple[Anchor, ...], use: AnchorUse) -> tuple[Anchor, ...]:
    """Return the anchors for a use; the very same tuple for the same snapshot, so that its index is made once."""
    key = (id(anchors), use)
    known = _FITTING.get(key)
    if known is not None and known[0] is anchors:
        return known[1]
    fitting = tuple(anchor for anchor in anchors if use in anchor.uses)
    fitting = anchors if len(fitting) == len(anchors) else fitting
    _FITTING[key] = (anchors, fitting)
    while len(_FITTING) > _KEPT_INDEXES:
        _FITTING.popitem(last=False)
    return fitting


_INDEXES: OrderedDict[int, tuple[tuple[Anchor, ...], _AnchorIndex]] = OrderedDict()


def _anchor_index(anchors: tuple[Anchor, ...]) -> _AnchorIndex:
    """The index of this very tuple, kept for the snapshots used last; the entry keeps the tuple, so its id holds."""
    known = _INDEXES.get(id(anchors))
    if known is not None and known[0] is anchors:
        return known[1]
    index = _AnchorIndex(anchors)
    _INDEXES[id(anchors)] = (anchors, index)
    while len(_INDEXES) > _KEPT_INDEXES:
        _INDEXES.popitem(last=False)
    return index


@lru_cache(maxsize=16384)
def _rough_subject(der: bytes) -> str:
    quick = load_quickly(der)
    try:
        if quick is not None:
            return _rough(attribute.value for attribute in quick.subject)
        return _rough(_values(Certificate.parse(der).asn1.subject))
    except (ValueError, TypeError):
        return ""


def _values(name: asn1.Name) -> list[object]:
    """The values of a name; none where its text cannot be decoded."""
    try:
        return [pair["value"].native for rdn in name.chosen for pair in rdn]
    except UnicodeError:
        return []


def _rough(values: Iterable[object]) -> str:
    """ASCII letters and digits of a name in any case: equal wherever the names compare equal (RFC 5280 7.1)."""
    return " ".join(sorted(map(_folded, values)))


def _folded(value: object) -> str:
    text = unicodedata.normalize("NFKD", str(value)[:_LONGEST_VALUE]).casefold()
    return "".join(character for character in text if character.isascii() and character.isalnum())
