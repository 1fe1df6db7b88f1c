"""The trust snapshot in an evidence bundle: whole, proved, and small where the trust store is large."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.outside.net import WORLD
from tests.pki import FRESH, signed_pdf, trust_snapshot
from tests.test_check import EVIDENCE, InProcess, check, damaged, line, with_manifest
from tests.trust.builders import root
from tests.trust.records import full
from verifier.bundle import OBJECTS, TRUST, read_bundle, write_bundle
from verifier.check import replay
from verifier.errors import CouldNotJudge
from verifier.evidence import StoredCrl
from verifier.snapshot import Anchor, Scheme, TrustService, TrustSnapshot
from verifier.trust.canon import arranged, canonical
from verifier.trust.snapshots import snapshot_of

ALL = full()
SMALL = trust_snapshot(WORLD)
RICH = arranged(replace(SMALL, schemes=ALL.schemes, services=ALL.services, authorities=ALL.authorities))


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "letter.pdf"
    file.write_bytes(signed_pdf(WORLD))
    return file


def bundled(letter: Path, trust: TrustSnapshot) -> bytes:
    return write_bundle(check(letter, evidence=replace(EVIDENCE, trust=trust)))


def objects(bundle: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name.removeprefix(OBJECTS) for name in archive.namelist() if name.startswith(OBJECTS)}


def test_nothing_of_the_snapshot_is_lost(letter: Path) -> None:
    assert read_bundle(bundled(letter, RICH)).evidence.trust == RICH


def test_its_content_stands_in_the_bundle_as_it_is_named(letter: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundled(letter, RICH))) as archive:
        assert hashlib.sha256(archive.read(TRUST)).hexdigest() == RICH.id
        assert archive.read(TRUST) == canonical(RICH)


def _named(content: bytes) -> bytes:
    return content.replace(b'"name":"Root"', b'"name":"Rood"')


def _blank(content: bytes) -> bytes:
    return content + b" "


@pytest.mark.parametrize("change", [_named, _blank, lambda _: b"{}", lambda _: b"", lambda _: b"[" * 100_000])
def test_a_trust_part_that_was_altered_is_refused(letter: Path, change: Callable[[bytes], bytes]) -> None:
    bundle = bundled(letter, RICH)
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        read_bundle(damaged(bundle, TRUST, change))


def test_a_trust_part_of_another_snapshot_is_refused(letter: Path) -> None:
    bundle = bundled(letter, RICH)
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        read_bundle(damaged(bundle, TRUST, lambda _: canonical(SMALL)))
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        evidence: dict[str, Any] = json.loads(archive.read("manifest.json"))["evidence"]
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        read_bundle(with_manifest(bundle, evidence={**evidence, "trust": SMALL.id}))


def test_a_bundle_without_its_trust_part_is_refused(letter: Path) -> None:
    bundle, out = bundled(letter, RICH), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != TRUST:
                new.writestr(name, old.read(name))
    with pytest.raises(CouldNotJudge, match="bundle-unreadable"):
        read_bundle(out.getvalue())


# --- a large trust store ---------------------------------------------------------------------------------------------

NAMESAKE = root("Root", key_name="another key")
DECOYS = [Anchor(hashlib.sha512(b"%d" % number).digest() * 30, f"Anchor {number}") for number in range(200)]
LISTED = [TrustService("s", "eu", "AT", "P", "S", (DECOYS[0].certificate, WORLD.root.der), ())]
SCHEMES = [Scheme("eu", "EU", "", "EU", "foreign", (DECOYS[1].certificate,))]
LARGE = snapshot_of([*SMALL.anchors, NAMESAKE.anchor, *DECOYS], [WORLD.ca.der], None, SCHEMES, LISTED)


def test_of_a_large_store_only_what_was_looked_at_comes_along(letter: Path) -> None:
    bundle = bundled(letter, LARGE)
    found = objects(bundle)
    assert hashlib.sha256(WORLD.root.der).hexdigest() in found
    assert len(found & {hashlib.sha256(one.certificate).hexdigest() for one in DECOYS}) <= 1
    assert len(bundle) < 60_000
    recorded = read_bundle(bundle)
    assert recorded.evidence.trust.id == LARGE.id
    assert recorded.evidence.trust.services[0].certificates == (WORLD.root.der,)
    assert len(recorded.evidence.trust.anchors) < 10


@pytest.mark.parametrize("embedded", [True, False])
def test_a_verdict_by_a_large_store_is_replayed_to_the_byte(letter: Path, tmp_path: Path, *, embedded: bool) -> None:
    file = letter
    if not embedded:  # nothing leads to an anchor
        file = tmp_path / "alone.pdf"
        file.write_bytes(signed_pdf(WORLD, cms=WORLD.cms(certificates=(WORLD.leaf,))))
    trust = LARGE if embedded else snapshot_of([*SMALL.anchors, *DECOYS])
    first = check(file, evidence=replace(EVIDENCE, trust=trust))
    again = replay(file, read_bundle(write_bundle(first)), pool=InProcess())
    assert line(again) == line(first)
    assert write_bundle(check(file, evidence=replace(EVIDENCE, trust=trust))) == write_bundle(first)


def test_where_no_anchor_was_looked_at_there_is_still_one_to_judge_by(letter: Path) -> None:
    first = check(letter, evidence=replace(EVIDENCE, trust=snapshot_of(DECOYS)))
    recorded = read_bundle(write_bundle(first))
    assert len(recorded.evidence.trust.anchors) == 1
    assert line(replay(letter, recorded, pool=InProcess())) == line(first)


def test_anchors_with_the_name_of_the_issuer_come_along(letter: Path) -> None:
    namesake = replace(NAMESAKE.anchor, certificate=_namesake())
    trust = snapshot_of([*SMALL.anchors, namesake, *DECOYS])
    assert hashlib.sha256(namesake.certificate).hexdigest() in objects(bundled(letter, trust))


def _namesake() -> bytes:
    """A certificate with the subject of the root and another key; its own signature is never tested."""
    from asn1crypto import x509

    other = x509.Certificate.load(NAMESAKE.der)
    tbs = other["tbs_certificate"]
    tbs["subject"] = x509.Certificate.load(WORLD.root.der).subject
    return bytes(x509.Certificate({**{key: other[key] for key in other}, "tbs_certificate": tbs}).dump(force=True))


# --- what stands on disk ---------------------------------------------------------------------------------------------


def test_a_crl_that_stands_on_disk_comes_along_by_its_content(letter: Path, tmp_path: Path) -> None:
    ders = (*WORLD.signer_crls(FRESH), *WORLD.tsa_crls(FRESH))
    first = check(letter, evidence=EVIDENCE.plus(crls=ders))
    stored = []
    for number, der in enumerate(ders):
        file = tmp_path / str(number)
        file.write_bytes(der)
        stored.append(StoredCrl(hashlib.sha256(der).hexdigest(), str(file)))
    kept = replace(first, evidence=replace(first.evidence, crls=tuple(stored)))
    assert write_bundle(kept) == write_bundle(first)
    assert read_bundle(write_bundle(kept)).evidence.crls == ders
    (tmp_path / "0").write_bytes(b"altered")
    with pytest.raises(CouldNotJudge, match="altered"):
        write_bundle(kept)
