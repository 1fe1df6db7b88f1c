"""CMS signatures (RFC 5652) and time-stamp tokens (RFC 3161), built attribute by attribute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509

from tests.pki.certificates import Identity
from tests.pki.keys import Key, algorithm, digest_of, sign

CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20"
SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"
POLICY_OID = "1.2.3.4.5"
Stamp = Callable[[bytes], bytes]
"""Gives the token for the bytes that are to be stamped."""


@dataclass(frozen=True)
class Ess:
    """One ESS reference to a certificate, right unless told otherwise."""

    certificate: x509.Certificate
    version: int = 2
    digest: str = "sha256"
    """Hash of a v2 reference; v1 is always SHA-1."""
    issuer_serial: tuple[x509.Name, int] | None = None
    with_issuer_serial: bool = True


@dataclass(frozen=True)
class PolicyId:
    """A signature-policy-identifier attribute."""

    oid: str = POLICY_OID
    digest: bytes = bytes(32)


@dataclass(frozen=True)
class Cms:
    """What one CMS signature shall hold."""

    signer: Identity
    certificates: tuple[Identity, ...] = ()
    """The embedded ones, signer included."""
    digest: str = "sha256"
    pss: bool = False
    ess: tuple[Ess, ...] | None = None
    """None: one right v2 reference; empty: no attribute."""
    signing_time: datetime | None = None
    policy: PolicyId | None = None
    content_stamps: tuple[Stamp, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    """Signature time stamps, over the signature value."""
    crls: tuple[bytes, ...] = ()
    """Put into the CMS itself."""
    signing_key: Key | None = None
    """Signs in the place of the signer's own."""
    signer_infos: int = 1
    signed_attributes: bool = True

    def but(self, **changes: Any) -> Cms:
        """Return a copy with `changes`."""
        return replace(self, **changes)


def make_cms(content: bytes, wanted: Cms) -> bytes:
    """Detached CMS SignedData over `content`, as ContentInfo in DER."""
    attributes = _signed_attributes(digest_of(content, wanted.digest), content, wanted)
    info = _signer_info(content, attributes, wanted)
    body: dict[str, Any] = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": wanted.digest}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [one.certificate for one in wanted.certificates],
        "signer_infos": [info] * wanted.signer_infos,
    }
    if wanted.crls:
        body["crls"] = [cms.RevocationInfoChoice("crl", cms.CertificateList.load(crl)) for crl in wanted.crls]
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump())


def make_token(
    tsa: Identity,
    gen_time: datetime,
    stamped: bytes,
    *,
    chain: tuple[Identity, ...] = (),
    imprint_digest: str = "sha256",
    imprint: bytes | None = None,
    digest: str = "sha256",
    key: Key | None = None,
    accuracy_seconds: int = 0,
    ordering: bool = False,
    serial: int = 1,
    nonce: int | None = None,
) -> bytes:
    """Time-stamp token over `stamped`; `imprint` stands in the place of its digest, `key` in that of the TSA's."""
    hashed = {"algorithm": imprint_digest}
    info: dict[str, Any] = {
        "version": "v1",
        "policy": "1.2.3.4.1",
        "message_imprint": {
            "hash_algorithm": hashed,
            "hashed_message": digest_of(stamped, imprint_digest) if imprint is None else imprint,
        },
        "serial_number": serial,
        "gen_time": gen_time,
    }
    if accuracy_seconds:
        info["accuracy"] = {"seconds": accuracy_seconds}
    if ordering:
        info["ordering"] = True
    if nonce is not None:
        info["nonce"] = nonce
    content = tsp.TSTInfo(info).dump()
    wanted = Cms(tsa, (tsa, *chain), digest=digest, signing_key=key)
    attributes = _signed_attributes(digest_of(content, digest), content, wanted, "tst_info")
    body = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
        "certificates": [one.certificate for one in wanted.certificates],
        "signer_infos": [_signer_info(content, attributes, wanted)],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump())


def stamp(tsa: Identity, gen_time: datetime, **options: Any) -> Stamp:
    """Return the stamper that `Cms.stamps` wants, by `tsa` at `gen_time`; options as for `make_token`."""
    return lambda stamped: make_token(tsa, gen_time, stamped, **options)


def _signer_info(content: bytes, attributes: cms.CMSAttributes, wanted: Cms) -> dict[str, Any]:
    signer, key = wanted.signer.certificate, wanted.signing_key or wanted.signer.key
    to_sign = attributes.dump() if wanted.signed_attributes else content
    value = sign(key, to_sign, wanted.digest, pss=wanted.pss)
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number", {"issuer": signer.issuer, "serial_number": signer.serial_number}
        ),
        "digest_algorithm": {"algorithm": wanted.digest},
        "signature_algorithm": algorithm(key, wanted.digest, pss=wanted.pss),
        "signature": value,
    }
    if wanted.signed_attributes:
        info["signed_attrs"] = attributes
    if wanted.stamps:
        tokens = [cms.ContentInfo.load(one(value)) for one in wanted.stamps]
        info["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": tokens}]
    return info


def _signed_attributes(
    message_digest: bytes, content: bytes, wanted: Cms, content_type: str = "data"
) -> cms.CMSAttributes:
    found: list[Any] = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [message_digest]},
    ]
    if wanted.signing_time:
        found.append({"type": "signing_time", "values": [cms.Time({"utc_time": wanted.signing_time})]})
    references = (Ess(wanted.signer.certificate),) if wanted.ess is None else wanted.ess
    found += _ess_attributes(references)
    if wanted.policy:
        found.append(_attribute(SIGNATURE_POLICY, [_policy(wanted.policy)]))
    if wanted.content_stamps:
        found.append(_attribute(CONTENT_TIME_STAMP, [one(content) for one in wanted.content_stamps]))
    # a SET OF in DER is in order of its encodings
    made = (one if isinstance(one, cms.CMSAttribute) else cms.CMSAttribute(one) for one in found)
    attributes = sorted(made, key=lambda one: bytes(one.dump()))
    return cms.CMSAttributes(attributes)


def _ess_attributes(references: tuple[Ess, ...]) -> list[dict[str, Any]]:
    first = [_ess(one) for one in references if one.version == 1]
    second = [_ess(one) for one in references if one.version == 2]
    found: list[dict[str, Any]] = []
    if first:
        found.append({"type": "signing_certificate", "values": [{"certs": first}]})
    if second:
        found.append({"type": "signing_certificate_v2", "values": [{"certs": second}]})
    return found


def _ess(one: Ess) -> dict[str, Any]:
    der = one.certificate.dump()
    hashed = {"cert_hash": digest_of(der, "sha1" if one.version == 1 else one.digest)}
    fields: dict[str, Any] = dict(hashed)
    if one.version != 1 and one.digest != "sha256":
        fields["hash_algorithm"] = algos.DigestAlgorithm({"algorithm": one.digest})
    if one.with_issuer_serial:
        issuer, serial = one.issuer_serial or (one.certificate.issuer, one.certificate.serial_number)
        name = x509.GeneralName("directory_name", issuer)
        fields["issuer_serial"] = {"issuer": [name], "serial_number": serial}
    return fields


class _AnyValues(core.SetOf):  # type: ignore[misc]
    _child_spec = core.Any


class _Attribute(core.Sequence):  # type: ignore[misc]
    _fields = [("type", core.ObjectIdentifier), ("values", _AnyValues)]  # noqa: RUF012


class _PolicyHash(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", algos.DigestAlgorithm), ("value", core.OctetString)]  # noqa: RUF012


class _PolicyId(core.Sequence):  # type: ignore[misc]
    _fields = [("oid", core.ObjectIdentifier), ("hash", _PolicyHash)]  # noqa: RUF012


def _attribute(oid: str, values: list[bytes]) -> cms.CMSAttribute:
    """Write an attribute that asn1crypto has no name for."""
    raw = _Attribute({"type": oid, "values": [core.Any.load(value) for value in values]})
    return cms.CMSAttribute.load(raw.dump())


def _policy(policy: PolicyId) -> bytes:
    hashed = {"algorithm": {"algorithm": "sha256"}, "value": policy.digest}
    return bytes(_PolicyId({"oid": policy.oid, "hash": hashed}).dump())
