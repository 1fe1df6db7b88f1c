"""One X.509 certificate as we read it (RFC 5280): a frozen record over its bytes; no trust, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TypeVar

import asn1crypto.tsp  # noqa: F401 — teaches asn1crypto the attributes and content of time stamps
import pyhanko_certvalidator  # noqa: F401 — teaches it the names of newer algorithms
from asn1crypto import x509 as asn1
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

ID_PKIX_OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5"
VALIDITY_ASSURED_SHORT_TERM = "0.4.0.194121.2.1"
NO_REV_AVAIL = "2.5.29.56"
MAX_NAME_BYTES = 8192
"""Of a distinguished name that is folded; real ones stay below 1,000."""

T = TypeVar("T")


@dataclass(frozen=True)
class AlgorithmUse:
    """A signature algorithm as it was used: scheme, hash and key size."""

    scheme: str
    """`rsassa_pkcs1v15`, `rsassa_pss`, `ecdsa`, `dsa`, `ed25519`, `ed448` or the OID."""
    digest: str
    """`sha1`, `sha256`, `sha3_256`, … or empty where the scheme hashes by itself."""


class Certificate:
    """A certificate; equal and hashed by its DER bytes. Build it with `parse`, which caches."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.asn1 = asn1.Certificate.load(der, strict=True)
        # read now what every user needs, so that a broken certificate is refused here and not later
        self.not_before: datetime = self.asn1.not_valid_before.astimezone(UTC)
        self.not_after: datetime = self.asn1.not_valid_after.astimezone(UTC)
        self.serial: int = self.asn1.serial_number
        self.sha256: str = hashlib.sha256(der).hexdigest()
        self.subject_key: str = name_key(self.asn1.subject)
        """Subject name folded for comparison (RFC 5280 7.1)."""
        self.issuer_key: str = name_key(self.asn1.issuer)
        """Issuer name folded for comparison."""
        self.public_key: bytes = self.asn1.public_key.dump()
        """SubjectPublicKeyInfo in DER."""
        self.signature_use: AlgorithmUse = algorithm_use(self.asn1["signature_algorithm"])
        """Algorithm with which the issuer signed this certificate."""
        self.extension_oids: frozenset[str] = frozenset(
            extension["extn_id"].dotted for extension in self.asn1["tbs_certificate"]["extensions"]
        )
        """OIDs of all extensions."""

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """Return the certificate in `der`; ValueError where these bytes are none."""
        return _parse(der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"Certificate({self.common_name!r}, {self.sha256[:12]})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_parse, (self.der,))

    @cached_property
    def subject(self) -> str:
        """Subject name for people, most specific part first."""
        return name_text(self.asn1.subject)

    @cached_property
    def issuer(self) -> str:
        """Issuer name for people."""
        return name_text(self.asn1.issuer)

    @cached_property
    def common_name(self) -> str:
        """Common name of the subject, else the whole subject."""
        return _attribute(self.asn1.subject, "common_name") or self.subject

    @cached_property
    def organization(self) -> str:
        """Organization of the subject, empty if none."""
        return _attribute(self.asn1.subject, "organization_name")

    @cached_property
    def country(self) -> str:
        """Country of the subject, empty if none."""
        return _attribute(self.asn1.subject, "country_name")

    @cached_property
    def key_algorithm(self) -> str:
        """`rsa`, `rsassa_pss`, `ec`, `dsa`, `ed25519`, `ed448`, or the OID."""
        return _readable(lambda: str(self.asn1.public_key.algorithm), "")

    @cached_property
    def key_bits(self) -> int:
        """Key size in bits: modulus, prime or field; 0 where the key cannot be read."""
        if self.key_algorithm in ("ed25519", "ed448"):
            return 256 if self.key_algorithm == "ed25519" else 456
        try:
            return int(getattr(load_der_public_key(self.public_key), "key_size", 0))
        except (ValueError, UnsupportedAlgorithm):
            return 0

    @cached_property
    def extended_key_usage(self) -> frozenset[str] | None:
        """OIDs of the extended key usage; None where the extension is absent."""
        nothing: frozenset[str] | None = frozenset()
        return _readable(self._extended_key_usage, nothing)

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """Names of the key usage bits, as `digital_signature`, `non_repudiation`; None where absent."""
        nothing: frozenset[str] | None = frozenset()
        return _readable(self._key_usage, nothing)

    @cached_property
    def key_identifier(self) -> bytes:
        """Subject key identifier; empty where absent."""
        return _readable(lambda: bytes(self.asn1.key_identifier or b""), b"")

    @cached_property
    def self_signed(self) -> bool:
        """Whether the subject is the issuer by name and key identifier (the value is not verified)."""
        return _readable(lambda: self.asn1.self_signed in ("yes", "maybe"), False)

    @cached_property
    def is_ca(self) -> bool:
        """Whether basic constraints say CA."""
        return _readable(lambda: bool(self.asn1.ca), False)

    @cached_property
    def revocation_unneeded(self) -> bool:
        """Whether the issuer promises that no revocation need be asked for this certificate.

        Short-term validity assured (ETSI EN 319 412-1 5.2) or noRevAvail (RFC 9608).
        """
        return bool(self.extension_oids & {VALIDITY_ASSURED_SHORT_TERM, NO_REV_AVAIL})

    @cached_property
    def ocsp_nocheck(self) -> bool:
        """Whether this is a responder that need not be asked about (RFC 6960 4.2.2.2.1)."""
        return ID_PKIX_OCSP_NOCHECK in self.extension_oids

    @cached_property
    def issuer_urls(self) -> tuple[str, ...]:
        """Where the issuer's certificate may be fetched (AIA caIssuers); hostile input."""
        return _readable(lambda: self._access_urls("ca_issuers"), ())

    @cached_property
    def ocsp_urls(self) -> tuple[str, ...]:
        """Where the OCSP responder may be asked (AIA ocsp); hostile input."""
        return _readable(lambda: self._access_urls("ocsp"), ())

    @cached_property
    def crl_urls(self) -> tuple[str, ...]:
        """Where CRLs may be fetched (CRLDistributionPoints); hostile input."""
        return _readable(self._crl_urls, ())

    def valid_at(self, instant: datetime) -> bool:
        """Whether notBefore ≤ instant ≤ notAfter, both ends included."""
        return self.not_before <= instant <= self.not_after

    def _extended_key_usage(self) -> frozenset[str] | None:
        value = self.asn1.extended_key_usage_value
        return None if value is None else frozenset(usage.dotted for usage in value)

    def _key_usage(self) -> frozenset[str] | None:
        value = self.asn1.key_usage_value
        return None if value is None else frozenset(value.native)

    def _crl_urls(self) -> tuple[str, ...]:
        names = [point["distribution_point"] for point in self.asn1.crl_distribution_points_value or ()]
        full = [general for name in names if name.name == "full_name" for general in name.chosen]
        return tuple(str(general.native) for general in full if general.name == "uniform_resource_identifier")

    def _access_urls(self, method: str) -> tuple[str, ...]:
        value = self.asn1.authority_information_access_value or ()
        return tuple(
            d["access_location"].native
            for d in value
            if d["access_method"].native == method and d["access_location"].name == "uniform_resource_identifier"
        )


def _readable(read: Callable[[], T], otherwise: T) -> T:
    """Read an extension; one that cannot be read grants nothing and names no address."""
    try:
        return read()
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return otherwise


@lru_cache(maxsize=4096)
def _parse(der: bytes) -> Certificate:
    try:
        return Certificate(der)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise ValueError(f"not a certificate: {error}") from None


def algorithm_use(algorithm: object) -> AlgorithmUse:
    """Read an AlgorithmIdentifier (asn1crypto SignedDigestAlgorithm) into scheme and hash."""
    oid = algorithm["algorithm"].dotted  # type: ignore[index]
    try:
        scheme = str(algorithm.signature_algo)  # type: ignore[attr-defined]
    except ValueError:
        return AlgorithmUse(oid, "")
    if scheme in ("ed25519", "ed448"):
        return AlgorithmUse(scheme, "")
    try:
        return AlgorithmUse(scheme, str(algorithm.hash_algo))  # type: ignore[attr-defined]
    except ValueError:
        return AlgorithmUse(scheme, "")


def name_key(name: asn1.Name) -> str:
    """Fold a distinguished name for comparison.

    One whose text cannot be decoded, or that is too long to be anybody's, is compared by its bytes: folding takes the
    square of its length.
    """
    contents: bytes = name.chosen.contents
    if len(contents) > MAX_NAME_BYTES:
        return contents.hex()
    try:
        return str(name.hashable)
    except UnicodeError:
        return contents.hex()


def name_text(name: asn1.Name) -> str:
    """Write a distinguished name for people, in the order of RFC 4514 (last part first)."""
    parts = ["+".join(f"{_short(pair['type'])}={_value(pair)}" for pair in rdn) for rdn in name.chosen]
    return ", ".join(reversed(parts))


_SHORT = {
    "common_name": "CN",
    "organization_name": "O",
    "organizational_unit_name": "OU",
    "country_name": "C",
    "locality_name": "L",
    "state_or_province_name": "ST",
    "serial_number": "SERIALNUMBER",
    "email_address": "E",
    "domain_component": "DC",
    "user_id": "UID",
    "organization_identifier": "organizationIdentifier",
    "title": "T",
    "surname": "SN",
    "given_name": "GN",
}


def _short(kind: asn1.NameType) -> str:
    return _SHORT.get(str(kind.native), str(kind.native))


def _value(pair: asn1.NameTypeAndValue) -> str:
    try:
        text = str(pair.native["value"])
    except (ValueError, TypeError, KeyError):
        return "(unreadable)"
    return text.replace("\\", "\\\\").replace(",", "\\,")


def _attribute(name: asn1.Name, kind: str) -> str:
    for rdn in name.chosen:
        for pair in rdn:
            if pair["type"].native == kind:
                try:
                    return str(pair.native["value"])
                except (ValueError, TypeError, KeyError):
                    return "(unreadable)"
    return ""
