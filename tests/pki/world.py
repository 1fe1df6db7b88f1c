"""A whole small world: Root → CA → leaf, TSA Root → TSA CA → TSA, both roots trusted; documents signed in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from asn1crypto import pem

from tests.pki.certificates import CA_USAGE, Identity, Spec, issue
from tests.pki.keys import ec_key
from tests.pki.messages import Cms, Stamp, make_cms, stamp
from tests.pki.pdf import PdfBuilder
from tests.pki.status import Revoked, make_crl
from verifier.evidence import Evidence
from verifier.snapshot import Anchor, TrustSnapshot
from verifier.trust.store import snapshot_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The instant of judging."""
FRESH = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNED = datetime(2026, 11, 20, 10, tzinfo=UTC)
TIME_STAMPING = "time_stamping"


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    """Return midnight UTC of that day."""
    return datetime(year, month, number, tzinfo=UTC)


ROOT = Spec("Root", ec_key("root"), day(2005), day(2045), ca=True, usage=CA_USAGE)
CA = Spec("Issuing CA", ec_key("ca"), day(2006), day(2044), ca=True, usage=CA_USAGE)
LEAF = Spec("Signer", ec_key("leaf"), day(2019), day(2030))
TSA_ROOT = Spec("TSA Root", ec_key("tsa-root"), day(2005), day(2045), ca=True, usage=CA_USAGE)
TSA_CA = Spec("TSA CA", ec_key("tsa-ca"), day(2006), day(2044), ca=True, usage=CA_USAGE)
TSA = Spec(
    "TSA 1", ec_key("tsa"), day(2007), day(2043), usage=frozenset({"digital_signature"}), extended=(TIME_STAMPING,)
)
TSA2 = TSA.but(name="TSA 2", key=ec_key("tsa-2"))


@dataclass(frozen=True)
class World:
    """The certificates and keys of one test PKI; make one with `world()`."""

    root: Identity
    ca: Identity
    leaf: Identity
    tsa_root: Identity
    tsa_ca: Identity
    tsa: Identity
    tsa2: Identity
    sunset: datetime | None = None
    """When the trust in `root` ended."""

    @property
    def signer_chain(self) -> tuple[Identity, ...]:
        """Leaf and CA, as embedded in a CMS."""
        return (self.leaf, self.ca)

    def signer_crls(
        self, this_update: datetime, next_update: datetime | None = None, *revoked: Revoked
    ) -> tuple[bytes, ...]:
        """CRLs for leaf and CA; each lists those of `revoked` that its issuer issued."""
        return _crls((self.ca, self.root), this_update, next_update, revoked)

    def tsa_crls(
        self, this_update: datetime, next_update: datetime | None = None, *revoked: Revoked
    ) -> tuple[bytes, ...]:
        """CRLs for the TSAs and their CA."""
        return _crls((self.tsa_ca, self.tsa_root), this_update, next_update, revoked)

    def stamp(self, at: datetime, *, tsa: Identity | None = None, **options: Any) -> Stamp:
        """Stamper by the TSA, whose token carries its chain."""
        return stamp(tsa or self.tsa, at, chain=(self.tsa_ca,), **options)

    def cms(self, **options: Any) -> Cms:
        """Right signature of the leaf; options as the fields of `Cms`."""
        return Cms(**{"signer": self.leaf, "certificates": self.signer_chain, **options})


@lru_cache(maxsize=256)
def world(
    *,
    root: Spec = ROOT,
    ca: Spec = CA,
    leaf: Spec = LEAF,
    tsa_root: Spec = TSA_ROOT,
    tsa_ca: Spec = TSA_CA,
    tsa: Spec = TSA,
    tsa2: Spec = TSA2,
    sunset: datetime | None = None,
) -> World:
    """Build a world, sound unless a spec is spoiled."""
    top, tsa_top = issue(root), issue(tsa_root)
    issuing, tsa_issuing = issue(ca, top), issue(tsa_ca, tsa_top)
    return World(
        root=top,
        ca=issuing,
        leaf=issue(leaf, issuing),
        tsa_root=tsa_top,
        tsa_ca=tsa_issuing,
        tsa=issue(tsa, tsa_issuing),
        tsa2=issue(tsa2, tsa_issuing),
        sunset=sunset,
    )


@dataclass
class Draft:
    """A document in the making: a world and a PDF that grows."""

    world: World
    pdf: PdfBuilder = field(default_factory=PdfBuilder.new)

    def sign(self, claimed: datetime | None = SIGNED, cms: Cms | None = None, **options: Any) -> Draft:
        """Add a signature; options as for `PdfBuilder.sign`."""
        wanted = cms or self.world.cms()
        name = options.pop("name", f"Signature{len(self.pdf.fields) + 1}")
        self.pdf.sign(lambda content: make_cms(content, wanted), name=name, claimed=claimed, **options)
        return self

    def dss(
        self, crls: tuple[bytes, ...] = (), ocsps: tuple[bytes, ...] = (), certificates: tuple[bytes, ...] = ()
    ) -> Draft:
        """Add a revision with validation data."""
        self.pdf.add_dss(certificates, crls, ocsps)
        return self

    def document_stamp(self, at: datetime, *, tsa: Identity | None = None, **options: Any) -> Draft:
        """Add a document time stamp."""
        name = f"Timestamp{len(self.pdf.fields) + 1}"
        made = self.world.stamp(at, tsa=tsa, **options)
        self.pdf.sign(made, name=name, kind="DocTimeStamp", sub_filter="ETSI.RFC3161")
        return self

    @property
    def data(self) -> bytes:
        """The file so far."""
        return self.pdf.data


def signed_pdf(
    used: World | None = None,
    level: str = "B",
    *,
    claimed: datetime = SIGNED,
    stamped: datetime | None = None,
    revocation_at: datetime = FRESH,
    archived: datetime | None = None,
    cms: Cms | None = None,
    **options: Any,
) -> bytes:
    """Sound PAdES document of `level` B, T, LT or LTA.

    `stamped` (signature time stamp) is five seconds after `claimed`, `archived` (document time stamp) an hour after
    `revocation_at`, unless given. Level B is judged TOTAL_PASSED at `AT` with the CRLs of `fresh_evidence`.
    """
    here = used or world()
    wanted = cms or here.cms()
    if level != "B":
        wanted = replace(wanted, stamps=(*wanted.stamps, here.stamp(stamped or claimed + timedelta(seconds=5))))
    draft = Draft(here).sign(claimed, wanted, **options)
    if level in ("LT", "LTA"):
        crls = (*here.signer_crls(revocation_at), *here.tsa_crls(revocation_at))
        chain = (here.leaf.der, here.ca.der, here.root.der, here.tsa.der, here.tsa_ca.der, here.tsa_root.der)
        draft.pdf.add_dss(chain, crls, vri_for=draft.pdf.contents[0])
    if level == "LTA":
        draft.document_stamp(archived or revocation_at + timedelta(hours=1))
    return draft.data


def trust_snapshot(used: World | None = None) -> TrustSnapshot:
    """Both roots as anchors, with the algorithm suites that the project ships."""
    here = used or world()
    anchors = (
        Anchor(here.root.der, "Root", trusted_until=here.sunset, source="test"),
        Anchor(here.tsa_root.der, "TSA Root", source="test"),
    )
    return snapshot_of(anchors)


def fresh_evidence(used: World | None = None, at: datetime = FRESH) -> Evidence:
    """The trust snapshot with CRLs of `at` for every certificate of the world, none of them revoked."""
    here = used or world()
    return Evidence(trust_snapshot(here), crls=(*here.signer_crls(at), *here.tsa_crls(at)))


def trust_folder(used: World | None, folder: Path) -> Path:
    """Write both roots as PEM files into `folder` and return it."""
    here = used or world()
    for name, identity in (("root.pem", here.root), ("tsa-root.pem", here.tsa_root)):
        (folder / name).write_bytes(pem.armor("CERTIFICATE", identity.der))
    return folder


def _crls(
    issuers: tuple[Identity, ...], this_update: datetime, next_update: datetime | None, revoked: tuple[Revoked, ...]
) -> tuple[bytes, ...]:
    until = next_update or this_update + timedelta(days=7)
    return tuple(
        make_crl(
            issuer,
            this_update,
            until,
            *(one for one in revoked if one.identity.certificate.issuer == issuer.certificate.subject),
        )
        for issuer in issuers
    )
