"""Proofs of existence and what a time stamp proves (EN 319 102-1 clauses 5.6.2.3 and 5.6.3.4 step 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from verifier.pades.facts import CmsFacts, DocumentFacts, SignatureFacts, TokenFacts, ValidationData
from verifier.trust.findings import RejectedError
from verifier.trust.ocsp import parse_ocsp
from verifier.verdict import Coverage, SignatureKind


class ProofsOfExistence:
    """For each object the lowest instant at which it is proved to have existed; immutable.

    Objects are named by the SHA-256 of their bytes. Every object exists at the time of judging.
    """

    def __init__(self, at: datetime, lowest: Mapping[str, datetime] = MappingProxyType({})) -> None:
        self.at = at
        self._lowest = lowest

    def of(self, name: str) -> datetime:
        """Lowest proof of this object."""
        return self._lowest.get(name, self.at)

    def plus(self, names: Iterable[str], instant: datetime) -> ProofsOfExistence:
        """Return this set with a proof at `instant` for each of `names`."""
        lowest = dict(self._lowest)
        for name in names:
            lowest[name] = min(instant, lowest.get(name, self.at))
        return ProofsOfExistence(self.at, MappingProxyType(lowest))


def covered_by_signature_timestamp(signature: SignatureFacts) -> list[str]:
    """Objects under a signature time stamp: the signature value alone."""
    return [signature.cms.sha256] if signature.cms else []


def covered_by_document_timestamp(document: DocumentFacts, stamp: SignatureFacts) -> list[str]:
    """Objects under a document time stamp (ISO 32000-2 12.8.5): all that stood in the file up to its revision.

    A stamp that does not cover its own revision wholly proves nothing. Its own CMS and later DSS are not covered.
    """
    if stamp.coverage not in (Coverage.ENTIRE_FILE, Coverage.ENTIRE_REVISION):
        return []
    found: list[str] = []
    for signature in document.signatures:
        if signature.revision < stamp.revision:
            found += _objects_of(signature)
    for data in document.validation_data:
        if data.revision <= stamp.revision:
            found += _objects_in(data)
    return found


def covered_by_evidence_record(document: DocumentFacts) -> list[str]:
    """Objects under an evidence record over the whole file: all that it holds."""
    found = [name for signature in document.signatures for name in _objects_of(signature)]
    for data in document.validation_data:
        found += _objects_in(data)
    return found


def later_stamps(document: DocumentFacts, signature: SignatureFacts) -> list[SignatureFacts]:
    """Document time stamps after a signature, newest first."""
    stamps = [
        one
        for one in document.signatures
        if one.kind is SignatureKind.DOCUMENT_TIMESTAMP and one.revision > signature.revision and one.token
    ]
    return sorted(stamps, key=lambda one: one.revision, reverse=True)


def _objects_in(data: ValidationData) -> Iterable[str]:
    yield from map(_name, (*data.certificates, *data.crls))
    yield from _names_in_ocsps(data.ocsps)


def _objects_of(signature: SignatureFacts) -> list[str]:
    found = list(objects_of_cms(signature.cms))
    for token in _tokens(signature):
        found += objects_of_cms(token.cms)
    return found


def _tokens(signature: SignatureFacts) -> tuple[TokenFacts, ...]:
    return (*signature.content_timestamps, *signature.signature_timestamps)


def objects_of_cms(cms: CmsFacts | None) -> Iterable[str]:
    """The CMS itself and the certificates and revocation data in it."""
    if cms is None:
        return
    yield cms.sha256
    yield from (certificate.sha256 for certificate in cms.certificates)
    yield from map(_name, cms.crls)
    yield from _names_in_ocsps(cms.ocsps)


def _names_in_ocsps(ocsps: Iterable[bytes]) -> Iterable[str]:
    """OCSP responses and the responders' certificates that they contain (5.6.2.3 step 2)."""
    for one in ocsps:
        yield _name(one)
        try:
            yield from (certificate.sha256 for certificate in parse_ocsp(one).certificates)
        except RejectedError:
            continue


def _name(one: bytes) -> str:
    return hashlib.sha256(one).hexdigest()
