"""Everything known before judging: trust snapshot, certificates, CRLs, OCSP responses; and Gap, what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from verifier.errors import CouldNotJudge
from verifier.snapshot import Filing, TrustSnapshot

T = TypeVar("T")


@dataclass(frozen=True)
class StoredCrl:
    """A CRL that was verified and indexed once and stands on disk; compared and named by its content."""

    sha256: str
    """Of its DER, hexadecimal."""
    path: str = field(compare=False)
    """The file with its DER; the index stands beside it."""


AnyCrl = bytes | StoredCrl
"""A CRL: its DER, or where that stands."""


def crl_sha256(one: AnyCrl) -> str:
    """Return the SHA-256 of the DER, hexadecimal; nothing is read from disk."""
    return one.sha256 if isinstance(one, StoredCrl) else hashlib.sha256(one).hexdigest()


def crl_bytes(one: AnyCrl) -> bytes:
    """Return the DER; CouldNotJudge `internal-error` where a stored CRL is gone or is not what its name says."""
    if not isinstance(one, StoredCrl):
        return one
    try:
        data = Path(one.path).read_bytes()
    except OSError as error:
        raise CouldNotJudge("internal-error", f"the CRL {one.sha256} is gone: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != one.sha256:
        raise CouldNotJudge("internal-error", f"the CRL {one.sha256} was altered on disk")
    return data


@dataclass(frozen=True)
class Evidence:
    """All material for one judgement that does not stand in the document itself."""

    trust: TrustSnapshot
    certificates: tuple[bytes, ...] = ()
    crls: tuple[AnyCrl, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    """DER of OCSPResponse or BasicOCSPResponse."""
    received_at: datetime | None = None
    """When this document was first received here, as the driving application knows it (5.5.4 step 1)."""
    evidence_records: tuple[bytes, ...] = ()
    """DER of RFC 4998 EvidenceRecord, over the whole file."""
    filing: Filing | None = None
    """For what and where the document was handed in (layer 3); None where nobody said it."""

    def plus(
        self,
        certificates: tuple[bytes, ...] = (),
        crls: tuple[AnyCrl, ...] = (),
        ocsps: tuple[bytes, ...] = (),
        evidence_records: tuple[bytes, ...] = (),
    ) -> Evidence:
        """Return this evidence with more material, each object once."""
        return replace(
            self,
            certificates=_merged(self.certificates, certificates),
            crls=_merged(self.crls, crls),
            ocsps=_merged(self.ocsps, ocsps),
            evidence_records=_merged(self.evidence_records, evidence_records),
        )

    @property
    def objects(self) -> tuple[str, ...]:
        """SHA-256 of every object, sorted."""
        everything = (*self.certificates, *self.ocsps, *self.evidence_records)
        names = {hashlib.sha256(one).hexdigest() for one in everything}
        return tuple(sorted(names | {crl_sha256(one) for one in self.crls}))


class GapKind(StrEnum):
    """What is missing or was left out."""

    REVOCATION = "revocation"
    """No usable or no fresh CRL or OCSP response for a certificate."""
    ISSUER = "issuer"
    """The issuer of a certificate was not found."""
    SET_ASIDE = "set_aside"
    """Evidence issued after the instant of judging."""
    NOT_READABLE = "not_readable"
    """Material that could not be read."""
    FETCH_FAILED = "fetch_failed"
    """A fetch was tried and failed; written by `check`, never by `judge`."""


class GapCode(StrEnum):
    """What exactly is missing; texts are found by it, filled with the params named here."""

    NO_DATA = "no-data"
    """Neither a CRL nor an OCSP response is at hand."""
    DATA_REFUSED = "data-refused"
    """All that is at hand was refused; `data` lists it as `crl expired-not-covered 2026-11-20T00:00:00+00:00, ocsp …`.

    The instant is that of the status information, left out where it cannot be read; `at` is that of judging.
    """
    DATA_STALE = "data-stale"
    """The latest is not fresh enough: `source` (CRL or OCSP), `this_update`; `at` is the instant of judging."""
    SIGNER_STATUS_UNKNOWN = "signer-status-unknown"
    """Nobody knows whether the signer of revocation data is revoked."""
    ISSUER_UNKNOWN = "issuer-unknown"
    """No certificate of the `issuer` is at hand."""
    ROOT_NOT_ANCHOR = "root-not-anchor"
    """The chain is whole and its root is not trusted here."""
    SEARCH_ENDED = "search-ended"
    """The search for a chain met a bound: it is too long, or there are too many possible issuers."""
    DATA_LATER = "data-later"
    """Revocation data of after the instant of judging: `source`, `issued_at`."""
    STAMP_LATER = "stamp-later"
    """A time stamp of after the instant of judging: `time`."""
    CERTIFICATE_UNREADABLE = "certificate-unreadable"
    RECORD_UNREADABLE = "record-unreadable"
    """An evidence record that cannot be read or is of a kind that is not supported."""
    RECORD_ELSEWHERE = "record-elsewhere"
    """Archive time stamp `number` of `count` does not protect what it should, such as this file."""
    RECORD_STAMP = "record-stamp"
    """Archive time stamp `number` of `count` is not accepted, for `sub_indication`."""
    RECORD_ORDER = "record-order"
    """Archive time stamp `number` of `count` is later than the next one."""
    FETCH_FAILED = "fetch-failed"
    """Asking at `url` brought nothing, for `failure`, a code of `outside.fetch` with params of its own."""


@dataclass(frozen=True)
class Gap:
    """One thing that was not known when judging, with what could fill it."""

    kind: GapKind
    subject: str
    """The certificate or object, for people."""
    reason: str
    """In English, for readers of JSON."""
    certificate: bytes = b""
    """DER of the certificate in question; empty where none."""
    issuer: bytes = b""
    """DER of its issuer, for an OCSP request; empty where not known."""
    urls: tuple[str, ...] = ()
    """Where to ask: OCSP URLs first, then CRL URLs, or caIssuers URLs; hostile input."""
    code: str = ""
    """A `GapCode`; empty where there is only the reason."""
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Values for the placeholders of the text found by `code`."""


def _merged(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*old, *new)))
