"""`python -m bench.snapshot`: what a trust snapshot of 5,000 anchors costs to load, keep, send and judge by."""

from __future__ import annotations

import hashlib
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.pki import AT, fresh_evidence, signed_pdf, trust_snapshot, world
from verifier.bundle import write_bundle
from verifier.check import check_file
from verifier.policy import make_policy
from verifier.snapshot import (
    Anchor,
    NotifiedAuthority,
    Origin,
    Power,
    Scheme,
    ServiceStatus,
    Span,
    Specimen,
    SubjectRule,
    TrustService,
    TrustSnapshot,
)
from verifier.trust import archive as module
from verifier.trust.archive import SNAPSHOTS, Archive
from verifier.trust.canon import canonical
from verifier.trust.snapshots import snapshot_of
from verifier.trust.store import load_trust_store
from verifier.workers.pool import WorkerPool

ANCHORS, LISTS, AUTHORITIES = 5000, 31, 300
ROUNDS = 9
START = datetime(2012, 1, 1, tzinfo=UTC)
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
QUALIFIERS = tuple(f"http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{one}" for one in ("ForeSignatures", "QCQSCDX"))


def certificates(count: int) -> list[bytes]:
    """CA certificates of some 1,400 bytes, each with a name of its own."""
    named, signing = rsa.generate_private_key(65537, 2048).public_key(), ec.generate_private_key(ec.SECP256R1())
    return [_certificate(number, named, signing) for number in range(count)]


def _certificate(number: int, named: rsa.RSAPublicKey, signing: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AT"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"Trust Service Provider {number // 5} GmbH"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Qualified CA {number} for electronic signatures"),
        ]
    )
    filling = hashlib.shake_256(b"%d" % number).digest(650)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(named).serial_number(number + 1)
    builder = builder.not_valid_before(START).not_valid_after(START + timedelta(days=9000))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    own = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), filling)
    return builder.add_extension(own, critical=False).sign(signing, hashes.SHA256()).public_bytes(Encoding.DER)


def large(ders: list[bytes]) -> TrustSnapshot:
    """Lists of services with three statuses each, a register of authorities, and the anchors of the test PKI."""
    origins = [_origin(number, 1) for number in range(LISTS)]
    anchors, services = [], []
    for number, der in enumerate(ders):
        origin = origins[number % LISTS]
        service = _service(number, der, origin)
        spans = (Span(START, START + timedelta(days=1000)), Span(START + timedelta(days=1600 + number % 300)))
        source = f"trusted list {origin.scheme}"
        anchors.append(
            Anchor(der, service.name, branch="foreign", source=source, spans=spans, service=service.id, origin=origin)
        )
        services.append(service)
    schemes = [_scheme(number, ders[number], origin) for number, origin in enumerate(origins)]
    small = trust_snapshot(world())
    return snapshot_of((*small.anchors, *anchors), (), None, schemes, services, map(_authority, range(AUTHORITIES)))


def _origin(number: int, sequence: int) -> Origin:
    digest, at = hashlib.sha256(b"%d %d" % (number, sequence)).hexdigest(), START + timedelta(days=sequence)
    return Origin(
        "list", f"https://example.org/{number}.xml", f"eu-{number:02}", sequence, digest, at, at, at, "refresh"
    )


def _scheme(number: int, pin: bytes, origin: Origin) -> Scheme:
    return Scheme(f"eu-{number:02}", "Trusted list", "https://example.org", "AT", "foreign", (pin,), origin=origin)


def _service(number: int, der: bytes, origin: Origin) -> TrustService:
    provider, name = f"Trust Service Provider {number // 5} GmbH", f"Qualified CA {number} for electronic signatures"
    history = tuple(
        ServiceStatus(
            STATUS + status, START + timedelta(days=days + number % 97), "http://uri.etsi.org/CA/QC", QUALIFIERS
        )
        for days, status in ((1600, "granted"), (1000, "withdrawn"), (0, "undersupervision"))
    )
    id_, key_id = hashlib.sha256(der).hexdigest()[:16], hashlib.sha256(der).digest()[:20]
    subject = f"CN={name},O={provider},C=AT"
    return TrustService(id_, origin.scheme, "AT", provider, name, (der,), history, (key_id,), (subject,), origin=origin)


def _authority(number: int) -> NotifiedAuthority:
    rule = SubjectRule(organization=(f"Ministry {number}",))
    specimens = tuple(Specimen(str(one), "signature", rule, START, holder="Person", title="Consul") for one in range(4))
    names = (("vi", f"Bộ {number}"), ("en", f"Ministry {number}"))
    return NotifiedAuthority(f"authority-{number}", "AT", "ministry_of_foreign_affairs", names, specimens, (Power(),))


def newer(snapshot: TrustSnapshot, number: int) -> TrustSnapshot:
    """The snapshot with a newer list of one scheme, in which one service in fifty was withdrawn."""
    origin = _origin(number, 2)
    ours = {one.id: place for place, one in enumerate(snapshot.services) if one.scheme == origin.scheme}

    def service(one: TrustService) -> TrustService:
        if one.id not in ours:
            return one
        gone = ours[one.id] % 50 == 0
        status = ServiceStatus(STATUS + "withdrawn", START + timedelta(days=3000), "http://uri.etsi.org/CA/QC")
        return replace(one, origin=origin, history=(status, *one.history) if gone else one.history)

    return snapshot_of(
        [replace(one, origin=origin) if one.origin.scheme == origin.scheme else one for one in snapshot.anchors],
        (),
        None,
        [replace(one, origin=origin) if one.id == origin.scheme else one for one in snapshot.schemes],
        map(service, snapshot.services),
        snapshot.authorities,
    )


def milliseconds(act: Callable[[], object], rounds: int = ROUNDS) -> str:
    """Least and median of some rounds; what was made is given back outside the measured time."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        made = act()
        spent.append((time.perf_counter() - start) * 1000)
        del made
    return f"{min(spent):8.1f} {statistics.median(spent):8.1f}"


def forgotten() -> None:
    """Forget what this process has loaded, as a new one has not."""
    module._LOADED.clear()  # noqa: SLF001


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def loading(archive: Archive, snapshot: TrustSnapshot, folder: Path) -> None:
    def get() -> TrustSnapshot:
        forgotten()
        return Archive(archive.folder).get(snapshot.id)

    def services() -> object:
        return archive.services(snapshot.id)

    parts: dict[str, Callable[[], object]] = {
        "plain folder of as many PEM files": lambda: load_trust_store(folder),
        "archive: get": get,
        "  of which reading and proving the content": lambda: archive._content(SNAPSHOTS, snapshot.id),  # noqa: SLF001
        "  of which reading all certificates": archive._certificates.whole,  # noqa: SLF001
        "its services, when they are asked for": services,
        "archive: put": lambda: archive.put(snapshot),
    }
    for title, part in parts.items():
        print(f"{title:44}{milliseconds(part, 5)}", flush=True)


def travelling(kept: TrustSnapshot, whole: TrustSnapshot) -> None:
    for title, one in (("travels whole", whole), ("travels by name", kept)):
        packed = pickle.dumps(one)
        there = milliseconds(lambda one=one, packed=packed: (pickle.dumps(one), pickle.loads(packed)))  # type: ignore[misc]
        print(f"{title + f', {len(packed):,} bytes':44}{there}")


def judging(kept: TrustSnapshot, whole: TrustSnapshot, file: Path) -> None:
    evidence, policy = fresh_evidence(world()), make_policy(name="bench")
    with WorkerPool(1, spare=0) as pool:
        for title, one in (("test PKI only", evidence.trust), ("travels whole", whole), ("travels by name", kept)):

            def judge(one: TrustSnapshot = one) -> object:
                given = replace(evidence, trust=one)
                return check_file(file, file_name="x.pdf", evidence=given, policy=policy, at=AT, pool=pool)

            judge()
            print(f"{'a judgement, ' + title:44}{milliseconds(judge)}")


def main() -> int:
    ders = certificates(ANCHORS)
    whole = large(ders)
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        (here / "plain").mkdir()
        for number, der in enumerate(ders):
            text = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
            (here / "plain" / f"{number}.pem").write_bytes(text)
        (here / "letter.pdf").write_bytes(signed_pdf(world(), level="LT"))
        archive = Archive(here / "archive")
        kept = archive.put(whole)
        first = size_of(archive.folder)
        print(f"{len(whole.anchors):,} anchors; canonical content {len(canonical(whole)):,} bytes", end=", ")
        print(f"certificates {sum(map(len, ders)):,} bytes, archive {first:,} bytes")
        print(f"{'milliseconds':44}   least   median")
        loading(archive, whole, here / "plain")
        travelling(kept, whole)
        judging(kept, whole, here / "letter.pdf")
        changed = whole
        for number in range(LISTS):
            changed = newer(changed, number)
            archive.put(changed)
        print(
            f"{LISTS} newer lists, each its own snapshot: {(size_of(archive.folder) - first) / LISTS:,.0f} bytes each"
        )
        with WorkerPool(1, spare=0) as pool:
            given = replace(fresh_evidence(world()), trust=kept)
            policy = make_policy(name="bench")
            checked = check_file(
                here / "letter.pdf", file_name="x.pdf", evidence=given, policy=policy, at=AT, pool=pool
            )
        print(f"evidence bundle of a judgement by it: {len(write_bundle(checked)):,} bytes", end=", ")
        print(f"written in (ms) {milliseconds(lambda: write_bundle(checked), 3)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
