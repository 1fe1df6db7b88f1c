"""Putting CRLs together: a delta on its base (RFC 5280 5.2.4), lists that share the reasons among them (6.3.3 l).

What is put together is as recent, and as long current, as its weakest part. Nothing here turns a revocation around:
a list that names the certificate speaks for itself, and what was revoked for good stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from asn1crypto import core

from verifier.trust.crl import DELTA_CRL_INDICATOR, REMOVED, Crl
from verifier.trust.crl_frame import ISSUING_DISTRIBUTION_POINT
from verifier.trust.findings import Rejection, RevocationData
from verifier.trust.scope import ALL_REASONS

_CRL_NUMBER = "2.5.29.20"


@dataclass(frozen=True)
class Piece:
    """What one CRL, or a delta on its base, says about one certificate."""

    crl: Crl
    datum: RevocationData
    """Status *good* where the certificate is not listed; not to be believed before `reasons` are all."""
    reasons: frozenset[str]
    """Those for which it says that the certificate is not revoked; empty where it cannot say so."""
    refusal: Rejection | None = None
    """Why it says nothing good, whatever stands beside it."""

    @property
    def is_delta(self) -> bool:
        """Whether it lists changes only."""
        return DELTA_CRL_INDICATOR in self.crl.extensions and not self.datum.parts

    @property
    def alone(self) -> bool:
        """Whether it is an answer by itself: the certificate is listed, or would be."""
        if self.datum.status != "good":
            return True
        return self.refusal is None and not self.is_delta and self.reasons >= ALL_REASONS


def combined(pieces: Sequence[Piece]) -> tuple[RevocationData, ...]:
    """Return the answers that several CRLs give together; those that one gives alone are not among them."""
    updated = [one for one in (_on_its_base(delta, pieces) for delta in pieces if delta.is_delta) if one]
    answers = [one.datum for one in updated if one.alone]
    shared = [one for one in (*pieces, *updated) if not one.is_delta and not one.alone]
    joined = _joined(shared)
    return (*answers, joined) if joined else tuple(answers)


def _on_its_base(delta: Piece, pieces: Iterable[Piece]) -> Piece | None:
    """Return what the newest fitting complete CRL and the delta say together, as of the delta."""
    if delta.datum.status != "good" or delta.refusal:
        return None
    bases = [one for one in pieces if not one.is_delta and _fits(delta, one)]
    if not bases:
        return None
    base = max(bases, key=lambda one: (_number(one.crl, _CRL_NUMBER) or 0, one.datum.this_update, one.datum.sha256))
    # the delta does not list the certificate: as the base has it; where it lifts a hold, good again
    lifted = delta.datum.reason == REMOVED and base.datum.status != "revoked"
    # of the instant of the delta: base and delta are the complete list of then (5.2.4)
    datum = _together((delta.datum, base.datum), delta.datum)
    said = delta.datum if lifted else base.datum
    datum = replace(datum, status=said.status, revoked_at=said.revoked_at, reason=said.reason)
    return Piece(delta.crl, datum, delta.reasons & base.reasons)


def _fits(delta: Piece, base: Piece) -> bool:
    """Whether the delta continues this complete CRL: same issuer, key and scope, in the order of their numbers."""
    least, last = _number(delta.crl, DELTA_CRL_INDICATOR), _number(delta.crl, _CRL_NUMBER)
    number = _number(base.crl, _CRL_NUMBER)
    if least is None or last is None or number is None:
        return False
    return (
        base.crl.issuer_key == delta.crl.issuer_key
        and base.datum.signer.public_key == delta.datum.signer.public_key
        and _scope(base.crl) == _scope(delta.crl)
        and least <= number <= last
        and base.datum.this_update <= delta.datum.this_update
    )


def _joined(pieces: Iterable[Piece]) -> RevocationData | None:
    """Return *good* by lists that name all reasons between them, the newest of each; None where some reason is left."""
    taken: list[Piece] = []
    covered: frozenset[str] = frozenset()
    newest_first = sorted(pieces, key=lambda one: (one.datum.this_update, one.datum.sha256), reverse=True)
    for piece in newest_first:
        if not piece.reasons <= covered:
            taken.append(piece)
            covered |= piece.reasons
    if not covered >= ALL_REASONS:
        return None
    return _together([one.datum for one in taken], taken[-1].datum)


def _together(data: Sequence[RevocationData], leading: RevocationData) -> RevocationData:
    """Return one datum that rests on all these: of the same instant as `leading`, current as long as the shortest."""
    objects = tuple(part for one in data for part in one.objects)
    covers = [one.covers_expired_since for one in objects]
    known = [since for since in covers if since is not None]
    return replace(
        leading,
        sha256="+".join(sorted({one.sha256 for one in objects})),
        next_update=min((one.next_update for one in data if one.next_update), default=None),
        covers_expired_since=max(known) if len(known) == len(covers) else None,
        parts=objects,
    )


def _scope(crl: Crl) -> bytes:
    return crl.extensions.get(ISSUING_DISTRIBUTION_POINT, b"")


def _number(crl: Crl, extension: str) -> int | None:
    value = crl.extensions.get(extension)
    try:
        return None if value is None else int(core.Integer.load(value, strict=True).native)
    except (ValueError, TypeError):
        return None
