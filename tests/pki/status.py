"""CRLs (RFC 5280 5) and OCSP responses (RFC 6960) with every date at will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import core, crl, ocsp, x509

from tests.pki.certificates import Identity, asn1_time
from tests.pki.keys import Key, algorithm, digest_of, sign


@dataclass(frozen=True)
class Revoked:
    """One entry of a CRL, or the revoked status of an OCSP response."""

    identity: Identity
    at: datetime
    reason: str = "unspecified"
    """As in asn1crypto: `key_compromise`, `superseded`, `certificate_hold`, `remove_from_crl`, …"""


def make_crl(
    issuer: Identity,
    this_update: datetime,
    next_update: datetime | None,
    *revoked: Revoked,
    key: Key | None = None,
    expired_certs_since: datetime | None = None,
    digest: str = "sha256",
    number: int = 1,
    extensions: tuple[dict[str, Any], ...] = (),
) -> bytes:
    """CRL in DER; `key` signs in the place of the issuer's own, `expired_certs_since` is expiredCertsOnCRL."""
    signer = key or issuer.key
    used = algorithm(signer, digest)
    body: dict[str, Any] = {
        "version": "v2",
        "signature": used,
        "issuer": issuer.name,
        "this_update": asn1_time(this_update),
        "crl_extensions": [
            {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": issuer.key_id}},
            {"extn_id": "crl_number", "extn_value": number},
            *extensions,
        ],
    }
    if next_update:
        body["next_update"] = asn1_time(next_update)
    if revoked:
        body["revoked_certificates"] = [_entry(one) for one in revoked]
    if expired_certs_since:
        since = core.GeneralizedTime(expired_certs_since)
        body["crl_extensions"].append({"extn_id": "2.5.29.60", "extn_value": core.ParsableOctetString(since.dump())})
    tbs = crl.TbsCertList(body)
    value = sign(signer, tbs.dump(), digest)
    listed = crl.CertificateList({"tbs_cert_list": tbs, "signature_algorithm": used, "signature": value})
    return bytes(listed.dump())


def _entry(one: Revoked) -> dict[str, Any]:
    entry: dict[str, Any] = {"user_certificate": one.identity.serial, "revocation_date": asn1_time(one.at)}
    if one.reason != "unspecified":
        entry["crl_entry_extensions"] = [{"extn_id": "crl_reason", "extn_value": one.reason}]
    return entry


def make_ocsp(
    subject: Identity,
    issuer: Identity,
    this_update: datetime,
    next_update: datetime | None = None,
    *,
    produced_at: datetime | None = None,
    responder: Identity | None = None,
    revoked: Revoked | None = None,
    unknown: bool = False,
    archive_cutoff: datetime | None = None,
    digest: str = "sha256",
    key: Key | None = None,
) -> bytes:
    """OCSPResponse in DER for `subject`; signed by `responder`, whose certificate goes along, else by the issuer."""
    signer = responder or issuer
    single: dict[str, Any] = {
        "cert_id": {
            "hash_algorithm": {"algorithm": "sha1"},
            "issuer_name_hash": digest_of(issuer.name.dump(), "sha1"),
            "issuer_key_hash": issuer.key_id,
            "serial_number": subject.serial,
        },
        "cert_status": _status(revoked, unknown=unknown),
        "this_update": this_update,
    }
    if next_update:
        single["next_update"] = next_update
    if archive_cutoff:
        single["single_extensions"] = [{"extn_id": "archive_cutoff", "extn_value": archive_cutoff}]
    body = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", signer.key_id),
            "produced_at": produced_at or this_update,
            "responses": [single],
        }
    )
    signing_key = key or signer.key
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": body,
            "signature_algorithm": algorithm(signing_key, digest),
            "signature": sign(signing_key, body.dump(), digest),
            "certs": [responder.certificate] if responder else [],
        }
    )
    wrapped = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": wrapped}).dump())


def _status(revoked: Revoked | None, *, unknown: bool) -> ocsp.CertStatus:
    if revoked:
        info = {"revocation_time": revoked.at, "revocation_reason": revoked.reason}
        return ocsp.CertStatus("revoked", info)
    return ocsp.CertStatus("unknown", core.Null()) if unknown else ocsp.CertStatus("good", core.Null())


def key_hash_of(certificate: x509.Certificate) -> bytes:
    """SHA-1 of the public key bits, as OCSP names issuers."""
    return bytes(certificate.public_key.sha1)
