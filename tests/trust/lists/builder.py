"""Trusted lists for tests: written as text, signed here; the canonical forms are written by hand, not by the reader."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.pki.certificates import Identity, Spec, issue
from tests.pki.keys import ec_key, rsa_key, sign
from tests.pki.world import day

TSL = "http://uri.etsi.org/02231/v2#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
MGF1 = "http://www.w3.org/2007/05/xmldsig-more#"
DIGESTS = {"sha1": f"{DS}sha1", "sha256": f"{ENC}sha256", "sha384": f"{MORE}sha384", "sha512": f"{ENC}sha512"}
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'
C14NS = {
    "exclusive": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
}
END = "</TrustServiceStatusList>"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
GENERIC = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/VNgeneric"
LIST_OF_LISTS = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"


@cache
def operator(kind: str = "ec", name: str = "List operator", start: int = 2020, bits: int = 2048) -> Identity:
    key = ec_key(name) if kind == "ec" else rsa_key(f"list-{bits}", bits)
    return issue(Spec(name, key, day(start), day(2035)))


@cache
def service_ca(name: str = "Service CA") -> Identity:
    return issue(Spec(name, ec_key(name), day(2015), day(2040), ca=True))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- the list --------------------------------------------------------------------------------------------------------


def names(tag: str, **by_language: str) -> str:
    inner = "".join(f'<Name xml:lang="{language}">{text}</Name>' for language, text in by_language.items())
    return f"<{tag}>{inner}</{tag}>"


def identity(*certificates: bytes, inner: str = "") -> str:
    found = "".join(f"<DigitalId><X509Certificate>{b64(der)}</X509Certificate></DigitalId>" for der in certificates)
    return f"<ServiceDigitalIdentity>{found}{inner}</ServiceDigitalIdentity>"


def state(
    status: str = GRANTED,
    since: str = "2022-01-01T00:00:00Z",
    *,
    who: str | None = None,
    kind: str = CA_QC,
    extensions: str = "",
) -> str:
    more = f"<ServiceInformationExtensions>{extensions}</ServiceInformationExtensions>" if extensions else ""
    return (
        f"<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>{names('ServiceName', vi='Dịch vụ', en='Service')}"
        f"{identity(service_ca().der) if who is None else who}"
        f"<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{since}</StatusStartingTime>{more}"
    )


def service(present: str | None = None, past: Iterable[str] = (), points: str = "") -> str:
    now = state() if present is None else present
    history = "".join(f"<ServiceHistoryInstance>{one}</ServiceHistoryInstance>" for one in past)
    return (
        f"<TSPService><ServiceInformation>{now}{points}</ServiceInformation>"
        f"<ServiceHistory>{history}</ServiceHistory></TSPService>"
    )


def provider(*services: str) -> str:
    about = names("TSPName", vi="Nhà cung cấp", en="Provider") + names("TSPTradeName", en="VATVN-0100109106")
    return (
        f"<TrustServiceProvider><TSPInformation>{about}</TSPInformation>"
        f"<TSPServices>{''.join(services or (service(),))}</TSPServices></TrustServiceProvider>"
    )


def pointer(territory: str = "VN", certificates: Iterable[bytes] | None = None) -> str:
    given = [operator().der] if certificates is None else certificates
    about = {"TSLType": GENERIC, "SchemeTerritory": territory, "extra:MimeType": "application/vnd.etsi.tsl+xml"}
    inner = "".join(
        f"<OtherInformation><{tag}>{text}</{tag.split()[0]}></OtherInformation>" for tag, text in about.items()
    )
    inner += f"<OtherInformation>{names('SchemeOperatorName', en='Operator')}</OtherInformation>"
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{identity(*given)}</ServiceDigitalIdentities>"
        f"<TSLLocation>https://tsl.example/{territory}.xml</TSLLocation>"
        f"<AdditionalInformation>{inner}</AdditionalInformation></OtherTSLPointer>"
    )


def a_list(
    *providers: str, version: str = "6", kind: str = GENERIC, pointers: str = "", content: bool = True, head: str = ""
) -> str:
    """A sound list without signature; spoil it by replacing text."""
    within = f"<TrustServiceProviderList>{''.join(providers or (provider(),))}</TrustServiceProviderList>"
    return (
        f'{head}<TrustServiceStatusList xmlns="{TSL}" xmlns:ds="{DS}" xmlns:extra="{TSL[:-1]}/additionaltypes#"'
        f' xmlns:xades="{XADES}" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">'
        f"<SchemeInformation><TSLVersionIdentifier>{version}</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>7</TSLSequenceNumber><TSLType>{kind}</TSLType>"
        f"{names('SchemeOperatorName', vi='Cơ quan quản lý', en='Authority', de='Behörde')}"
        f"{names('SchemeName', en='VN:Trusted list')}"
        f"<SchemeTerritory>VN</SchemeTerritory><PointersToOtherTSL>{pointers}</PointersToOtherTSL>"
        "<ListIssueDateTime>2026-10-01T00:00:00Z</ListIssueDateTime>"
        "<NextUpdate><dateTime>2027-03-01T00:00:00Z</dateTime></NextUpdate>"
        "<DistributionPoints><URI>https://tsl.example/VN.xml</URI></DistributionPoints></SchemeInformation>"
        f"{within if content else ''}{END}"
    )


# --- the signature ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signing:
    """How a list is signed; each field can be spoiled."""

    by: Identity = field(default_factory=operator)
    scheme: str = "ecdsa"
    digest: str = "sha256"
    value_digest: str = "sha256"
    form: str = "exclusive"
    """Canonical form of all parts."""
    uri: str = ""
    transforms: str = ""
    """In place of the enveloped transform and the canonical form."""
    certificates: tuple[bytes, ...] | None = None
    """In KeyInfo; None for the signer's."""
    named: bytes | None = None
    """Certificate that the signed properties name; None for the signer's, empty for no signed properties."""
    version: str = ""
    """`V2` for the newer form of the signing certificate."""
    more_references: str = ""


def signed(xml: str, how: Signing | None = None) -> bytes:
    """The list with its signature as last child."""
    return xml.replace(END, signature(xml, how or Signing()) + END).encode()


def signature(xml: str, how: Signing) -> str:
    """The signature over a list that does not hold one yet."""
    document = etree.fromstring(xml.encode())
    data = etree.tostring(
        document.getroottree() if how.uri == "" else document,
        method="c14n",
        exclusive=how.form == "exclusive",
        with_comments=False,
    )
    canonical = f'<ds:Transform Algorithm="{C14NS[how.form]}"></ds:Transform>'
    references = reference(how.uri, how.transforms or ENVELOPED + canonical, data, how.digest)
    named = how.by.der if how.named is None else how.named
    properties = signed_properties(named, how.version) if named else ""
    if properties:
        references += reference("#properties", canonical, in_full(properties, how.form), how.digest, "Properties")
    info = (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14NS[how.form]}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method(how)}"></ds:SignatureMethod>{references}{how.more_references}'
        "</ds:SignedInfo>"
    )
    value = b64(value_of(in_full(info, how.form), how))
    certificates = (how.by.der,) if how.certificates is None else how.certificates
    listed = "".join(f"<ds:X509Certificate>{b64(der)}</ds:X509Certificate>" for der in certificates)
    held = f"<ds:Object><xades:QualifyingProperties>{properties}</xades:QualifyingProperties></ds:Object>"
    return (
        f'<ds:Signature Id="sig">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data>{listed}</ds:X509Data></ds:KeyInfo>{held if properties else ''}</ds:Signature>"
    )


def reference(uri: str, transforms: str, data: bytes, digest: str = "sha256", kind: str = "") -> str:
    marked = f' Type="http://uri.etsi.org/01903#Signed{kind}"' if kind else ""
    return (
        f'<ds:Reference{marked} URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DIGESTS[digest]}"></ds:DigestMethod>'
        f"<ds:DigestValue>{b64(hashlib.new(digest, data).digest())}</ds:DigestValue></ds:Reference>"
    )


def signed_properties(der: bytes, version: str) -> str:
    tag = f"xades:SigningCertificate{version}"
    return (
        '<xades:SignedProperties Id="properties"><xades:SignedSignatureProperties>'
        f"<{tag}><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{DIGESTS["sha256"]}"></ds:DigestMethod>'
        f"<ds:DigestValue>{b64(hashlib.sha256(der).digest())}</ds:DigestValue></xades:CertDigest></xades:Cert></{tag}>"
        "</xades:SignedSignatureProperties></xades:SignedProperties>"
    )


def in_full(text: str, form: str) -> bytes:
    """The canonical form of a part of the signature, with the name spaces that it inherits."""
    ds, xades = f'xmlns:ds="{DS}"', f'xmlns:xades="{XADES}"'
    start, rest = text[: text.index("Signed")], text[text.index("Signed") :]
    name, after = rest[: len("SignedInfo")], rest[len("SignedInfo") :]
    if not text.startswith("<ds:"):
        name, after = rest[: len("SignedProperties")], rest[len("SignedProperties") :]
    if form == "inclusive":
        everything = f'xmlns="{TSL}" {ds} xmlns:extra="{TSL[:-1]}/additionaltypes#" {xades}'
        return f"{start}{name} {everything}{after}".encode()
    if text.startswith("<ds:"):
        return f"{start}{name} {ds}{after}".encode()
    after = after.replace("<ds:DigestMethod ", f"<ds:DigestMethod {ds} ")
    return f"{start}{name} {xades}{after}".replace("<ds:DigestValue>", f"<ds:DigestValue {ds}>").encode()


def method(how: Signing) -> str:
    if how.scheme == "rsa-pss":
        return f"{MGF1}{how.value_digest}-rsa-MGF1"
    plain = how.scheme == "rsa" and how.value_digest == "sha1"
    return f"{DS if plain else MORE}{how.scheme}-{how.value_digest}"


def value_of(data: bytes, how: Signing) -> bytes:
    value = sign(how.by.key, data, how.value_digest, pss=how.scheme == "rsa-pss")
    if how.scheme != "ecdsa":
        return value
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(value))
