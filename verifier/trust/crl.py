"""One certificate revocation list (RFC 5280 5), in memory or on disk, read without an object per entry; no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Protocol

from cryptography import x509

from verifier.evidence import AnyCrl, StoredCrl
from verifier.trust.crl_disk import OPEN, FromDisk
from verifier.trust.crl_entries import HOLD, REMOVED, Entry, entry_of, graver, holds_critical_extension, scan
from verifier.trust.crl_frame import (
    DELTA_CRL_INDICATOR,
    EXPIRED_CERTS_ON_CRL,
    ISSUING_DISTRIBUTION_POINT,
    Frame,
    Parts,
    frame_of,
    parts_of,
)
from verifier.trust.crypto import object_verifies

__all__ = [
    "DELTA_CRL_INDICATOR",
    "EXPIRED_CERTS_ON_CRL",
    "ISSUING_DISTRIBUTION_POINT",
    "REMOVED",
    "Crl",
    "Entry",
    "parse_crl",
]


class Entries(Protocol):
    """What stands behind a CRL: its entries and its signature."""

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        """As `Crl.entry`."""

    def verified_by(self, public_key: bytes) -> bool:
        """As `Crl.verified_by`."""


@dataclass(frozen=True)
class Crl(Frame):
    """A CRL: its frame, and entries that are looked up, not listed."""

    sha256: str
    entries: Entries

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        """Return the entry of a certificate, None where it is not listed.

        ValueError where the list cannot be relied on: unreadable, or an entry with an unknown critical extension.
        """
        return self.entries.entry(serial, issuer_key)

    def verified_by(self, public_key: bytes) -> bool:
        """Return whether the key (SubjectPublicKeyInfo, DER) verifies the signature; ValueError where it is gone."""
        return self.entries.verified_by(public_key)


@lru_cache(maxsize=32)
def parse_crl(data: AnyCrl) -> Crl:
    """Read the frame of a CRL; ValueError where `data` is none, or is stored and not what its name says."""
    if isinstance(data, StoredCrl):
        frame = frame_of(parts_of(OPEN.index(data).frame))
        return _crl(frame, data.sha256, FromDisk(data))
    parts = parts_of(data)
    frame = frame_of(parts)
    return _crl(frame, hashlib.sha256(data).hexdigest(), _InMemory(data, parts, frame))


def _crl(frame: Frame, sha256: str, entries: Entries) -> Crl:
    values = {one.name: getattr(frame, one.name) for one in fields(frame)}
    return Crl(**values, sha256=sha256, entries=entries)


class _InMemory:
    """The entries and the signature of a CRL whose bytes are at hand."""

    def __init__(self, data: bytes, parts: Parts, frame: Frame) -> None:
        self._data, self._revoked, self._frame = data, parts.revoked, frame

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        if self._needs_walk or serial < 0:
            return self._walked.get((issuer_key, serial))
        listed = self._parsed.get_revoked_certificate_by_serial_number(serial) if self._parsed else None
        if listed is None or issuer_key != self._frame.issuer_key:
            return None
        found = _entry(listed)
        # it may be listed twice
        return found if found.reason not in (REMOVED, HOLD) else self._walked.get((issuer_key, serial), found)

    def verified_by(self, public_key: bytes) -> bool:
        return _verifies(self._data, public_key)

    @cached_property
    def _parsed(self) -> x509.CertificateRevocationList | None:
        try:
            return x509.load_der_x509_crl(self._data)
        except (ValueError, TypeError):
            return None

    @cached_property
    def _needs_walk(self) -> bool:
        """Whether entries must be read one after the other: other issuers, or a critical extension somewhere."""
        if self._parsed is None or self._frame.is_indirect:
            return True
        revoked = self._revoked
        return revoked is not None and holds_critical_extension(self._data, revoked.start, revoked.end)

    @cached_property
    def _walked(self) -> Mapping[tuple[str, int], Entry]:
        entries: dict[tuple[str, int], tuple[int, int]] = {}
        issuer_key = self._frame.issuer_key
        for serial, since, reason, issuer in scan(self._data, self._revoked, strict=self._needs_walk):
            issuer_key = issuer_key if issuer is None else issuer
            key = (issuer_key, int.from_bytes(serial, "big", signed=True))
            known = entries.get(key)
            if known is None or graver(reason, known[1]):
                entries[key] = since, reason
        return {key: entry_of(*entry) for key, entry in entries.items()}


@lru_cache(maxsize=512)
def _verifies(data: bytes, public_key: bytes) -> bool:
    return object_verifies(data, public_key)


def _entry(listed: x509.RevokedCertificate) -> Entry:
    """Translate an entry that has no critical extension; an unreadable reason counts as none."""
    try:
        reason: str | None = listed.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        reason = None
    return Entry(listed.revocation_date_utc, reason)
