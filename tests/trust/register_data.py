"""A register of authorities and certificates that fit it, for the tests of layer 3; spoil one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.trust.builders import END, START, key
from verifier.snapshot import Anchor, NotifiedAuthority, SubjectRule
from verifier.trust.register import authority_from
from verifier.x509 import Certificate

OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "CN": NameOID.COMMON_NAME,
    "UID": NameOID.USER_ID,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
POLICY = "1.2.3.4"
Names = tuple[tuple[str, str], ...]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SIGNED_AT = utc("2026-03-10T09:00:00")
GOVERNMENT_ROOT: Names = (("C", "VN"), ("O", "Cipher Committee"), ("CN", "Government Root"))
PUBLIC_ROOT: Names = (("C", "VN"), ("O", "NEAC"), ("CN", "National Root"))
FOREIGN_ROOT: Names = (("C", "SG"), ("O", "Singapore"), ("CN", "Singapore Root"))
OTHER_ROOT: Names = (("C", "BN"), ("O", "Brunei"), ("CN", "Brunei Root"))
MINISTRY: Names = (("C", "VN"), ("L", "Hà Nội"), ("O", "BỘ NGOẠI GIAO"), ("OU", "Cục Lãnh sự"), ("CN", "CỤC LÃNH SỰ"))
EMBASSY: Names = (("C", "SG"), ("O", "Embassy of Singapore, Ha Noi"), ("CN", "Consular Section"))
FOREIGN_MINISTRY: Names = (("C", "SG"), ("O", "Ministry of Foreign Affairs"), ("CN", "Legalisation"))


@lru_cache(maxsize=256)
def certificate(subject: Names, issuer: Names = FOREIGN_ROOT, *, policy: bool = False, serial: int = 7) -> Certificate:
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key(str(subject)).public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(END)
    )
    if policy:
        told = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(POLICY), None)])
        made = made.add_extension(told, critical=False)
    signed = made.sign(key(str(issuer)), hashes.SHA256())
    return Certificate.parse(signed.public_bytes(Encoding.DER))


def _name(pairs: Names) -> x509.Name:
    return x509.Name([x509.NameAttribute(OIDS[kind], value) for kind, value in pairs])


def anchor(root: Names = FOREIGN_ROOT, branch: str = "foreign") -> Anchor:
    return Anchor(certificate(root, root).der, "root", branch=branch)


GOVERNMENT = anchor(GOVERNMENT_ROOT, "vn-government")
PUBLIC = anchor(PUBLIC_ROOT, "vn-public")
FOREIGN = anchor()
OTHER = anchor(OTHER_ROOT)

NOTE: dict[str, Any] = {"channel": "note_verbale", "number": "12/2026", "dated": "2026-01-05"}


def ministry_table(**changes: Any) -> dict[str, Any]:
    return {
        "id": "vn-mofa",
        "country": "VN",
        "kind": "ministry_of_foreign_affairs",
        "names": {"vi": "Bộ Ngoại giao", "en": "Ministry of Foreign Affairs"},
        "notification": {"channel": "law"},
        "specimen": [
            {
                "id": "seal",
                "kind": "seal",
                "rule": {"branch": ["vn-government"], "organization": ["Bộ Ngoại giao"]},
            }
        ],
        "power": [{"documents": ["*"]}],
    } | changes


def embassy_table(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sg-embassy",
        "country": "SG",
        "kind": "embassy",
        "seat": "VN",
        "names": {"en": "Embassy of Singapore in Ha Noi", "vi": "Đại sứ quán Singapore tại Hà Nội"},
        "notification": NOTE,
        "valid_from": "2026-01-01",
        "valid_until": "2028-01-01",
        "specimen": [
            {
                "id": "consul",
                "kind": "signature",
                "holder": "Tan Wei",
                "title": "Consul",
                "valid_from": "2026-02-01",
                "valid_until": "2027-02-01",
                "rule": {"organization": ["Embassy of Singapore, Ha Noi"]},
            }
        ],
        "power": [{"documents": ["*"], "capacity": "consular functions"}],
    } | changes


def foreign_ministry_table(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sg-mfa",
        "country": "SG",
        "kind": "ministry_of_foreign_affairs",
        "names": {"en": "Ministry of Foreign Affairs of Singapore"},
        "notification": NOTE,
        "specimen": [{"id": "seal", "kind": "seal", "rule": {"organization": ["Ministry of Foreign Affairs"]}}],
        "power": [{"documents": ["*"]}],
    } | changes


def authority(table: dict[str, Any]) -> NotifiedAuthority:
    return authority_from(table)


def with_rule(one: NotifiedAuthority, **parts: tuple[str, ...]) -> NotifiedAuthority:
    """Return the authority with this rule in its only specimen."""
    return replace(one, specimens=(replace(one.specimens[0], rule=SubjectRule(**parts)),))
