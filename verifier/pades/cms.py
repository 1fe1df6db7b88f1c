"""One CMS SignedData with its SignerInfo (RFC 5652), read tolerantly into `CmsFacts`; verifies nothing but digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from asn1crypto import cms as asn1
from asn1crypto import core

from verifier.pades import attributes as attrs
from verifier.pades import ber, digests
from verifier.pades.attributes import Attributes
from verifier.pades.facts import CmsFacts, FormatProblem
from verifier.pades.signature_values import signature_use, signature_value_verifies
from verifier.x509 import Certificate

__all__ = ["CmsReading", "DigestOf", "read_cms", "signature_value_verifies"]

SIGNED_DATA = "1.2.840.113549.1.7.2"
OCSP_RESPONSES = ("1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1")
"""id-ri-ocsp-response (RFC 5940) and id-pkix-ocsp-basic, which some writers use in its place."""

DigestOf = Callable[[str], bytes | None]
"""Gives the digest of some bytes under a named algorithm; None where the algorithm is unknown."""


@dataclass(frozen=True)
class CmsReading:
    """The facts, and what further readers need of the same CMS."""

    facts: CmsFacts
    signed: Attributes
    unsigned: Attributes
    content: bytes | None
    """The encapsulated content, None where detached."""
    content_type: str
    """eContentType by name (`data`, `tst_info`) or OID."""
    problem: FormatProblem | None
    warnings: tuple[FormatProblem, ...]


@dataclass(frozen=True)
class _SignedData:
    """The parts of SignedData, unread."""

    content_type: str
    content: bytes | None
    certificates: tuple[ber.Element, ...]
    revocation: tuple[ber.Element, ...]
    signers: tuple[ber.Element, ...]


@dataclass(frozen=True)
class _Signer:
    """The parts of one SignerInfo."""

    identifier: ber.Element
    digest_algorithm: str
    signed: tuple[ber.Element, ...] | None
    signature_algorithm: bytes
    value: bytes
    unsigned: bytes
    """Content of the unsigned attributes, not looked into."""
    as_sent: bytes
    """Content of the signed attributes as they stand in the file."""


def read_cms(blob: bytes, detached: DigestOf | None) -> CmsReading | FormatProblem:
    """Read `blob`, which may be padded at its end, and digest its content.

    `detached` gives the digest of content that stands elsewhere; None where the encapsulated content is the signed one.
    """
    try:
        root = ber.read(blob)
        signed_data = _signed_data(root)
        if isinstance(signed_data, FormatProblem):
            return signed_data
        if not signed_data.signers:
            return FormatProblem("SIGNER_COUNT", "0")
        signer = _signer(signed_data.signers[0])
        return _reading(root, signed_data, signer, detached)
    except (ValueError, IndexError, TypeError, KeyError, OverflowError) as error:
        return FormatProblem("CMS_UNREADABLE", str(error).split("\n", maxsplit=1)[0][:200])


def _signed_data(root: ber.Element) -> _SignedData | FormatProblem:
    if root.tag != ber.SEQUENCE:
        raise ValueError("not an ASN.1 SEQUENCE")
    content_info = root.children()
    if core.ObjectIdentifier.load(content_info[0].raw).dotted != SIGNED_DATA:
        return FormatProblem("CMS_NOT_SIGNED_DATA", core.ObjectIdentifier.load(content_info[0].raw).dotted)
    parts = content_info[1].children()[0].children()
    encapsulated = parts[2].children()
    tagged = {part.tag: part for part in parts[3:]}
    return _SignedData(
        content_type=str(asn1.ContentType.load(encapsulated[0].raw).native),
        content=_encapsulated(encapsulated[1]) if len(encapsulated) > 1 else None,
        certificates=tuple(tagged[0xA0].children()) if 0xA0 in tagged else (),
        revocation=tuple(tagged[0xA1].children()) if 0xA1 in tagged else (),
        signers=tuple(tagged[ber.SET].children()) if ber.SET in tagged else (),
    )


def _encapsulated(wrapper: ber.Element) -> bytes:
    """Return the content octets; PKCS#7 1.5 allows any type here, and signs what is inside its header."""
    inner = wrapper.children()[0]
    return inner.octets() if inner.tag in (ber.OCTET_STRING, ber.OCTET_STRING_CONSTRUCTED) else inner.content


def _signer(element: ber.Element) -> _Signer:
    _version, identifier, digest_algorithm, *rest = element.children()
    signed = rest.pop(0) if rest[0].tag == 0xA0 else None
    algorithm, value, *unsigned = rest
    return _Signer(
        identifier=identifier,
        digest_algorithm=digests.algorithm_name(digest_algorithm.to_der()),
        signed=tuple(signed.children()) if signed else None,
        signature_algorithm=algorithm.to_der(),
        value=value.octets(),
        unsigned=unsigned[0].content if unsigned and unsigned[0].tag == 0xA1 else b"",
        as_sent=signed.content if signed else b"",
    )


def _reading(root: ber.Element, data: _SignedData, signer: _Signer, detached: DigestOf | None) -> CmsReading:
    tolerated: list[str] = [] if root.definite else ["ber-encoding"]
    signed = attrs.read_attributes(signer.signed or ())
    unsigned = _unsigned(signer.unsigned, tolerated)
    encoding = attrs.signed_encoding(signer.signed) if signer.signed is not None else None
    facts = _facts(root, data, signer, signed, encoding, detached)
    certificates = _certificates(data, unsigned, tolerated)
    crls, ocsps = _revocation(data, signed, unsigned)
    crowd = FormatProblem("SIGNER_COUNT", str(len(data.signers))) if len(data.signers) != 1 else None
    contradiction = facts.content_type and facts.content_type != data.content_type
    problem = crowd or (FormatProblem("CONTENT_TYPE", facts.content_type) if contradiction else None)
    warnings = []
    if encoding is not None and encoding != ber.encode(b"\x31", signer.as_sent):
        warnings.append(FormatProblem("ATTRIBUTES_NOT_DER"))
    if detached is not None and data.content:
        warnings.append(FormatProblem("CMS_NOT_DETACHED"))
    complete = replace(facts, certificates=certificates, crls=crls, ocsps=ocsps, tolerated=tuple(tolerated))
    return CmsReading(complete, signed, unsigned, data.content, data.content_type, problem, tuple(warnings))


def _facts(
    root: ber.Element,
    data: _SignedData,
    signer: _Signer,
    signed: Attributes,
    encoding: bytes | None,
    detached: DigestOf | None,
) -> CmsFacts:
    content = detached(signer.digest_algorithm) if detached else _own_digest(data.content, signer.digest_algorithm)
    expected = attrs.message_digest(signed)
    issuer, serial, key_id = _identify(signer.identifier)
    return CmsFacts(
        sha256=hashlib.sha256(root.raw).hexdigest(),
        certificates=(),
        crls=(),
        ocsps=(),
        signer_issuer_key=issuer,
        signer_serial=serial,
        signer_key_id=key_id,
        digest_algorithm=signer.digest_algorithm,
        signature_use=signature_use(signer.signature_algorithm, signer.digest_algorithm),
        signature_algorithm=signer.signature_algorithm,
        signature_value=signer.value,
        signed_attributes=encoding,
        content_digest=content or b"",
        message_digest=expected,
        digest_matches=content is not None and (encoding is None or content == expected),
        content_type=attrs.content_type(signed),
        signing_time=attrs.signing_time(signed),
        ess_references=attrs.ess_references(signed),
        ess_attributes=attrs.ess_count(signed),
        signature_policy=attrs.signature_policy(signed),
        attributes=signed.names,
    )


def _own_digest(content: bytes | None, algorithm: str) -> bytes | None:
    return digests.digest(algorithm, (content or b"",))


def _identify(identifier: ber.Element) -> tuple[str, int | None, bytes]:
    if identifier.tag != ber.SEQUENCE:
        return "", None, identifier.octets()
    issuer, serial = identifier.children()[:2]
    return attrs.name_key(issuer.to_der()), int.from_bytes(serial.content, "big", signed=True), b""


def _unsigned(content: bytes, tolerated: list[str]) -> Attributes:
    """Read the unsigned attributes one by one; what cannot be read is passed over."""
    members: list[ber.Element] = []
    readable = True
    try:
        for member in ber.elements(content):
            attrs.read_attributes([member])
            members.append(member)
    except (ValueError, IndexError):
        readable = False
    if not readable:
        tolerated.append("unsigned-attributes-unreadable")
    return attrs.read_attributes(members)


def _certificates(data: _SignedData, unsigned: Attributes, tolerated: list[str]) -> tuple[Certificate, ...]:
    """Return the X.509 certificates; attribute certificates and other kinds are left out."""
    found: dict[Certificate, None] = {}
    raw = [member.raw for member in data.certificates if member.tag == ber.SEQUENCE]
    for der in (*raw, *attrs.certificate_values(unsigned)):
        try:
            found.setdefault(Certificate.parse(der))
        except ValueError:
            tolerated.append("certificate-unreadable")
    return tuple(found)


def _revocation(
    data: _SignedData, signed: Attributes, unsigned: Attributes
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    crls = [member.raw for member in data.revocation if member.tag == ber.SEQUENCE]
    ocsps: list[bytes] = []
    for member in data.revocation:
        if member.tag == 0xA1:
            kind, value = member.children()[:2]
            if core.ObjectIdentifier.load(kind.raw).dotted in OCSP_RESPONSES:
                ocsps.append(value.raw)
    for source in (signed, unsigned):
        more_crls, more_ocsps = attrs.revocation_objects(source)
        crls += more_crls
        ocsps += more_ocsps
    return tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(ocsps))
