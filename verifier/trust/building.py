"""Building certification paths: every way from a certificate up to a trust anchor; pure, bounded, no clock."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import x509 as asn1

from verifier.snapshot import Anchor
from verifier.trust.certfiles import load_quickly
from verifier.trust.crypto import signed_with
from verifier.x509 import Certificate

MAX_DEPTH = 10
"""Certificates in one path, leaf and anchor included."""
MAX_CHAINS = 16
"""Paths returned for one certificate."""
MAX_EDGES = 6000
"""Pairs of certificate and possible issuer that are tried for one certificate; 1,000 decoys stay far below."""
_KEPT_INDEXES = 4


@dataclass(frozen=True)
class Chain:
    """A certification path whose names chain and whose signatures verify; nothing else is said about it."""

    path: tuple[Certificate, ...]
    """Leaf first, anchor last; an anchor itself has a path of length 1."""
    anchor: Anchor


@dataclass(frozen=True)
class _Step:
    """A path under construction, leaf first."""

    path: tuple[Certificate, ...]
    seen: frozenset[tuple[str, bytes]]


def build_chains(leaf: Certificate, pool: Iterable[Certificate], anchors: Iterable[Anchor]) -> tuple[Chain, ...]:
    """Return every path from `leaf` to an anchor, shortest and never-ending trust first; empty where there is none.

    Forged issuers of the right name give no path: each signature is verified. Paths past an anchor to a further one
    are returned too, so that an anchor whose trust ended does not hide another. Validity dates, sunset dates and
    extensions play no part; see `path.check_path`. Bounds: `MAX_DEPTH`, `MAX_CHAINS`, `MAX_EDGES`.
    """
    index = _anchor_index(tuple(anchors))
    helpers = _helpers(pool)
    chains = [Chain((leaf,), anchor) for anchor in index.by_der.get(leaf.der, ())]
    queue = deque([_Step((leaf,), frozenset({_identity(leaf)}))])
    edges = 0
    while queue and edges < MAX_EDGES and len(chains) < MAX_CHAINS:
        step = queue.popleft()
        child = step.path[-1]
        trusted = index.issuers_of(child)
        for issuer, anchor in trusted:
            chains.append(Chain((*step.path, issuer), anchor))
        further = [] if len(step.path) >= MAX_DEPTH - 1 else _further(step, helpers, [issuer for issuer, _ in trusted])
        edges += 1 + len(further) + len(trusted)
        queue.extend(
            _Step((*step.path, issuer), step.seen | {_identity(issuer)})
            for issuer in further[: max(0, MAX_EDGES - edges)]
            if signed_with(child, issuer.public_key) is not False
        )
    chains.sort(key=lambda chain: (chain.anchor.trusted_until is not None, len(chain.path)))
    return tuple(chains[:MAX_CHAINS])


def _further(
    step: _Step, helpers: Mapping[str, Sequence[Certificate]], trusted: Sequence[Certificate]
) -> list[Certificate]:
    """Possible issuers by name that are new to the path; those with the right key identifier first."""
    child = step.path[-1]
    candidates = {
        issuer: None
        for issuer in (*helpers.get(child.issuer_key, ()), *trusted)
        if _identity(issuer) not in step.seen and not _signs_itself(issuer)
    }
    wanted = _authority_key_id(child)
    return sorted(candidates, key=lambda issuer: (_subject_key_id(issuer) != wanted, issuer.sha256))


def _helpers(pool: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    helpers: dict[str, list[Certificate]] = {}
    for certificate in dict.fromkeys(pool):
        helpers.setdefault(certificate.subject_key, []).append(certificate)
    return helpers


def _identity(certificate: Certificate) -> tuple[str, bytes]:
    """Name and key: an entity stands in a path once (RFC 4158 2.4.2)."""
    return certificate.subject_key, certificate.public_key


def _signs_itself(certificate: Certificate) -> bool:
    """Whether name and key are its own issuer's: such a step adds nothing to a path."""
    return certificate.subject_key == certificate.issuer_key and bool(signed_with(certificate, certificate.public_key))


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
        self._by_name: dict[str, list[Anchor]] = {}
        for anchor in anchors:
            self.by_der.setdefault(anchor.certificate, []).append(anchor)
            self._by_name.setdefault(_rough_subject(anchor.certificate), []).append(anchor)

    def issuers_of(self, child: Certificate) -> list[tuple[Certificate, Anchor]]:
        """Anchors, with their certificates, whose name and key issued `child`."""
        return list(self._issuers_of(child))

    def _issuers_of(self, child: Certificate) -> Iterator[tuple[Certificate, Anchor]]:
        for anchor in self._by_name.get(_rough(_values(child.asn1.issuer)), ()):
            certificate = _readable(anchor.certificate)
            if certificate is None or certificate.der == child.der or not _may_issue(certificate):
                continue
            if certificate.subject_key == child.issuer_key and signed_with(child, certificate.public_key) is True:
                yield certificate, anchor


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
    text = unicodedata.normalize("NFKD", str(value)).casefold()
    return "".join(character for character in text if character.isascii() and character.isalnum())
