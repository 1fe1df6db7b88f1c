"""The XML signature on a list (XAdES, ETSI TS 119 612 5.7.1 and annex B): one, enveloped, over the whole document.

Verified strictly: one `Signature`, a child of the root; one reference to the document, with nothing but the enveloped
transform and canonicalisation; every other reference stays within the signature. Whoever reads the list afterwards
reads `ListSignature.signed`, the bytes whose digest was compared, so that nothing unsigned can slip in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

from verifier.trust.lists.model import ListProblem, ListSignature, SignatureState
from verifier.trust.lists.xml import canonical, copy_of, elements, local
from verifier.x509 import Certificate

DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MGF1 = "http://www.w3.org/2007/05/xmldsig-more#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
_XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_ID_NAMES = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
MAX_REFERENCES = 8
_MINIMUM_RSA_BITS = 2048


class _C14n(NamedTuple):
    exclusive: bool
    comments: bool
    prefixes: tuple[str, ...] = ()


_C14NS = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": _C14n(exclusive=False, comments=False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": _C14n(exclusive=False, comments=True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": _C14n(exclusive=True, comments=False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": _C14n(exclusive=True, comments=True),
}
_DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - recognised, and told as weak
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_METHODS = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": ("rsa", "sha1"),
    f"{_MORE}ecdsa-sha1": ("ecdsa", "sha1"),
    **{f"{_MORE}rsa-{name}": ("rsa", name) for name in ("sha256", "sha384", "sha512")},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa", name) for name in ("sha256", "sha384", "sha512")},
    **{f"{_MGF1}{name}-rsa-MGF1": ("rsa-pss", name) for name in ("sha256", "sha384", "sha512")},
}


class _Refusal(Exception):
    """The signature does not hold, for this reason."""

    def __init__(self, code: str, detail: str, state: SignatureState = SignatureState.BROKEN) -> None:
        super().__init__(code)
        self.state = state
        self.problem = ListProblem(code, detail)


@dataclass(frozen=True)
class _Found:
    """The one signature of a document, and what it says of itself."""

    root: etree._Element
    signature: etree._Element
    signed_info: etree._Element
    certificates: tuple[bytes, ...]


@dataclass(frozen=True)
class _Held:
    """What a check that holds has to say."""

    signed: bytes = b""
    algorithm: str = ""
    weak: tuple[str, ...] = ()
    problems: tuple[ListProblem, ...] = ()


def verify(root: etree._Element, pins: tuple[bytes, ...] = ()) -> ListSignature:
    """Return what the signature on the list at `root` is worth; certificates in `pins` are in DER.

    Codes: `signature-missing`, `several-signatures`, `signature-misplaced`, `signature-incomplete`,
    `signer-certificate-missing`, `certificate-broken`, `signature-reference-unexpected`,
    `signature-transform-unexpected`, `signature-algorithm-unknown`, `signature-digest-mismatch`,
    `signature-value-mismatch`, `signing-certificate-mismatch`; and where it is intact all the same:
    `signing-certificate-missing`, `signature-weak`, `signer-not-pinned` (only where pins are given).
    NotReadable where the document has no canonical form.
    """
    try:
        found = _find(root)
        certificate = _signer(found)
    except _Refusal as refused:
        return ListSignature(refused.state, problems=(refused.problem,))
    held, refusals = _check(found, certificate)
    if refusals:  # all are told: a list may have been changed and signed anew by halves
        unreadable = any(one.state is SignatureState.UNREADABLE for one in refusals)
        state = SignatureState.UNREADABLE if unreadable else SignatureState.BROKEN
        reasons = tuple(dict.fromkeys(one.problem for one in refusals))
        return ListSignature(state, certificate.der, certificate.subject, problems=reasons)
    problems = held.problems
    if held.weak:
        problems += (ListProblem("signature-weak", f"weak by today's measure: {', '.join(dict.fromkeys(held.weak))}"),)
    pinned = certificate.der in pins
    if pins and not pinned:
        problems += (ListProblem("signer-not-pinned", "the signer's certificate is none of those that were given"),)
    return ListSignature(
        SignatureState.INTACT, certificate.der, certificate.subject, pinned, held.algorithm, held.signed, problems
    )


def _check(found: _Found, certificate: Certificate) -> tuple[_Held, list[_Refusal]]:
    """Do every check, and return what was found together with every reason why the signature does not hold."""
    held, refusals = _Held(), []
    for check in (_check_references, _check_value, _check_binding):
        try:
            one = check(found, certificate)
        except _Refusal as refused:
            refusals.append(refused)
            continue
        held = _Held(
            held.signed or one.signed,
            held.algorithm or one.algorithm,
            held.weak + one.weak,
            held.problems + one.problems,
        )
    return held, refusals


# --- finding it ------------------------------------------------------------------------------------------------------


def _find(root: etree._Element) -> _Found:
    own = [child for child in elements(root) if child.tag == f"{DS}Signature"]
    everywhere = list(root.iter(f"{DS}Signature"))
    if not everywhere:
        raise _Refusal("signature-missing", "the list is not signed", SignatureState.MISSING)
    if not own:
        raise _Refusal("signature-misplaced", "the signature is no child of the list")
    if len(everywhere) > 1:
        code = "several-signatures" if len(own) > 1 else "signature-misplaced"
        raise _Refusal(code, f"{len(everywhere)} signatures stand in the list")
    signed_info = _only(own[0], "SignedInfo")
    return _Found(root, own[0], signed_info, _certificates(own[0]))


def _certificates(signature: etree._Element) -> tuple[bytes, ...]:
    texts = signature.findall(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")
    return tuple(_decoded(text) for text in texts)


def _signer(found: _Found) -> Certificate:
    """Return the certificate that the signed properties name, else the first one."""
    if not found.certificates:
        raise _Refusal("signer-certificate-missing", "the signature brings no certificate")
    named = _named_digests(found)
    fitting = [der for der in found.certificates if any(_fits(der, digest) for digest in named)]
    try:
        return Certificate.parse((fitting or list(found.certificates))[0])
    except ValueError:
        raise _Refusal(
            "certificate-broken", "the signer's certificate cannot be read", SignatureState.UNREADABLE
        ) from None


# --- what is signed --------------------------------------------------------------------------------------------------


def _check_references(found: _Found, _: Certificate) -> _Held:
    """Return the bytes of the list that are signed, and weak digests; every reference is compared."""
    references = found.signed_info.findall(f"{DS}Reference")
    if not 0 < len(references) <= MAX_REFERENCES:
        raise _Refusal("signature-reference-unexpected", f"{len(references)} references stand in the signature")
    signed: list[bytes] = []
    weak: tuple[str, ...] = ()
    for reference in references:
        target = _target(found, reference)
        data = _document(found, reference) if target is found.root else _part(target, reference)
        if target is found.root:
            signed.append(data)
        weak += _check_digest(reference, data)
    if len(signed) != 1:
        raise _Refusal("signature-reference-unexpected", f"{len(signed)} references cover the list, not one")
    return _Held(signed=signed[0], weak=weak)


def _target(found: _Found, reference: etree._Element) -> etree._Element:
    """Return what is referenced: the document, or a part of the signature."""
    uri = reference.get("URI")
    if uri == "":
        return found.root
    marks = [one for one in found.root.iter("*") if uri and any(one.get(name) == uri[1:] for name in _ID_NAMES)]
    if not uri or not uri.startswith("#") or len(marks) != 1:
        raise _Refusal("signature-reference-unexpected", f"the reference {uri!r} names no one part of the document")
    if marks[0] is not found.root and found.signature not in marks[0].iterancestors():
        raise _Refusal("signature-reference-unexpected", f"the reference {uri!r} covers only a part of the list")
    return marks[0]


def _document(found: _Found, reference: etree._Element) -> bytes:
    """Return the list without its signature, in the canonical form that the reference asks for."""
    enveloped, method = _transforms(reference)
    if not enveloped:
        raise _Refusal("signature-transform-unexpected", "the signature does not leave itself out of what is signed")
    copy = copy_of(found.root.getroottree())
    signature = next(child for child in elements(copy) if child.tag == f"{DS}Signature")
    before, tail = signature.getprevious(), signature.tail or ""
    if before is None:
        copy.text = (copy.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    copy.remove(signature)
    whole = copy.getroottree() if reference.get("URI") == "" else copy
    return _canonical(whole, method)


def _part(target: etree._Element, reference: etree._Element) -> bytes:
    enveloped, method = _transforms(reference)
    if enveloped:
        raise _Refusal("signature-transform-unexpected", "a part of the signature is said to hold the signature")
    return _canonical(copy_of(target), method)


def _canonical(tree: etree._Element | etree._ElementTree, method: _C14n) -> bytes:
    return canonical(tree, exclusive=method.exclusive, comments=method.comments, prefixes=method.prefixes)


def _transforms(reference: etree._Element) -> tuple[bool, _C14n]:
    """Return whether the signature is left out, and the canonical form; the plain one where none is named."""
    transforms = reference.findall(f"{DS}Transforms/{DS}Transform")
    enveloped = bool(transforms) and _leaves_signature_out(transforms[0])
    rest = transforms[1:] if enveloped else transforms
    if len(rest) > 1:
        raise _Refusal("signature-transform-unexpected", "the reference has more transforms than a list needs")
    return enveloped, _c14n(rest[0]) if rest else _C14n(exclusive=False, comments=False)


def _leaves_signature_out(transform: etree._Element) -> bool:
    """Whether this is the enveloped transform, or the one filter that says the same where one signature is."""
    if transform.get("Algorithm") == _ENVELOPED:
        return len(transform) == 0
    if transform.get("Algorithm") != _FILTER or len(transform) != 1:
        return False
    path = transform[0]
    prefix, _, name = (path.text or "").strip().removeprefix("/descendant::").partition(":")
    same = name == "Signature" and path.nsmap.get(prefix) == DS[1:-1] and len(path) == 0
    return same and path.tag == f"{{{_FILTER}}}XPath" and path.get("Filter") == "subtract"


def _c14n(element: etree._Element) -> _C14n:
    uri = element.get("Algorithm") or ""
    if uri not in _C14NS:
        raise _Refusal("signature-transform-unexpected", f"a transform that a list does not need: {uri}")
    inner = list(elements(element))
    if any(local(one) != "InclusiveNamespaces" for one in inner) or len(inner) > 1:
        raise _Refusal("signature-transform-unexpected", "the canonical form has unknown parameters")
    prefixes = tuple((inner[0].get("PrefixList") or "").split()) if inner else ()
    return _C14NS[uri]._replace(prefixes=prefixes if _C14NS[uri].exclusive else ())


def _check_digest(holder: etree._Element, data: bytes) -> tuple[str, ...]:
    """Compare the digest of a reference; returns it where it is a weak one."""
    name = _digest_name(holder)
    if not hmac.compare_digest(hashlib.new(name, data).digest(), _decoded(_only(holder, "DigestValue"))):
        raise _Refusal("signature-digest-mismatch", "the list was changed after it was signed")
    return (name,) if name == "sha1" else ()


def _digest_name(holder: etree._Element) -> str:
    uri = _only(holder, "DigestMethod").get("Algorithm") or ""
    if uri not in _DIGESTS:
        raise _Refusal("signature-algorithm-unknown", f"a digest that this program does not know: {uri}")
    return _DIGESTS[uri]


# --- the value and the signer ----------------------------------------------------------------------------------------


def _check_value(found: _Found, certificate: Certificate) -> _Held:
    """Return the algorithm's name and what is weak about it; the value is verified with the certificate's key."""
    uri = _only(found.signed_info, "SignatureMethod").get("Algorithm") or ""
    if uri not in _METHODS:
        raise _Refusal("signature-algorithm-unknown", f"a signature algorithm that this program does not know: {uri}")
    scheme, digest = _METHODS[uri]
    data = _canonical(copy_of(found.signed_info), _c14n(_only(found.signed_info, "CanonicalizationMethod")))
    value = _decoded(_only(found.signature, "SignatureValue"))
    if not _verifies(certificate.public_key, scheme, _HASHES[digest], value, data):
        raise _Refusal("signature-value-mismatch", "the signature does not fit the certificate that it brings")
    weak: tuple[str, ...] = ("sha1",) if digest == "sha1" else ()
    if scheme.startswith("rsa") and certificate.key_bits < _MINIMUM_RSA_BITS:
        weak += (f"an RSA key of {certificate.key_bits} bits",)
    return _Held(algorithm=f"{scheme}-{digest}", weak=weak)


def _verifies(public_key: bytes, scheme: str, digest: hashes.HashAlgorithm, value: bytes, data: bytes) -> bool:
    try:
        key = load_der_public_key(public_key)
        if scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_two_numbers(value, key.key_size), data, ec.ECDSA(digest))
        elif scheme == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), digest)
        elif scheme == "rsa-pss" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _two_numbers(value: bytes, bits: int) -> bytes:
    """Turn r and s, one after the other at the size of the curve (RFC 4050 3.3), into DER."""
    size = (bits + 7) // 8
    if len(value) != 2 * size:
        raise ValueError("not two numbers of the size of the curve")
    return encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))


def _check_binding(found: _Found, certificate: Certificate) -> _Held:
    """Compare the signer with the certificate that the signed properties name (ETSI EN 319 132-1 5.2.2)."""
    named = _named_digests(found)
    if not named:
        missing = ListProblem("signing-certificate-missing", "the signature does not say whose certificate it is for")
        return _Held(problems=(missing,))
    if not any(_fits(certificate.der, digest) for digest in named):
        raise _Refusal("signing-certificate-mismatch", "the signature was made for another certificate")
    return _Held()


def _named_digests(found: _Found) -> tuple[etree._Element, ...]:
    """Return the digests of signing certificates in those signed properties that a reference covers."""
    covered = {(reference.get("URI") or "#")[1:] for reference in found.signed_info.findall(f"{DS}Reference")} - {""}
    properties = [one for one in found.signature.iter(f"{_XADES}SignedProperties") if one.get("Id") in covered]
    names = (f"{_XADES}SigningCertificate", f"{_XADES}SigningCertificateV2")
    path = f"{_XADES}Cert/{_XADES}CertDigest"
    return tuple(
        digest
        for one in properties
        for name in names
        for holder in one.iter(name)
        for digest in holder.findall(path)[:1]
    )


def _fits(der: bytes, digest: etree._Element) -> bool:
    return hashlib.new(_digest_name(digest), der).digest() == _decoded(_only(digest, "DigestValue"))


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(f"{DS}{name}")
    if len(found) != 1:
        raise _Refusal(
            "signature-incomplete", f"{len(found)} elements {name} in the signature, not one", SignatureState.UNREADABLE
        )
    return found[0]


def _decoded(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise _Refusal("signature-incomplete", f"{local(element)} is no base64", SignatureState.UNREADABLE) from None
