"""The test PKI itself: the same bytes on every run, and good in the eyes of a reader that is not ours."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from asn1crypto import crl
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.pki import AT, fresh_evidence, signed_pdf, trust_folder, trust_snapshot, world
from tests.pki.keys import Key, ec_key, ed25519_key, rsa_key
from tests.pki.world import LEAF
from verifier.trust.store import load_trust_store


def pyhanko_accepts(document: bytes, signer: Key) -> bool:
    here = world(leaf=LEAF.but(key=signer))
    lists = [crl.CertificateList.load(one) for one in fresh_evidence(here).crls]
    context = ValidationContext(
        trust_roots=[here.root.certificate, here.tsa_root.certificate],
        moment=AT,
        best_signature_time=AT,
        allow_fetching=False,
        revocation_mode="require",
        crls=lists,
    )
    signature = PdfFileReader(io.BytesIO(document)).embedded_signatures[0]
    return bool(validate_pdf_signature(signature, context, context).bottom_line)


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_the_same_bytes_on_every_run(level: str) -> None:
    assert signed_pdf(level=level) == signed_pdf(level=level)


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_pyhanko_accepts_every_level(level: str) -> None:
    assert pyhanko_accepts(signed_pdf(level=level), LEAF.key)


@pytest.mark.parametrize(
    ("signer", "digest", "pss"),
    [
        (rsa_key(), "sha256", False),
        (rsa_key(), "sha384", True),
        (ec_key("a"), "sha512", False),
        (ed25519_key("a"), "sha512", False),
    ],
)
def test_pyhanko_accepts_every_algorithm(signer: Key, digest: str, *, pss: bool) -> None:
    here = world(leaf=LEAF.but(key=signer))
    assert pyhanko_accepts(signed_pdf(here, "T", cms=here.cms(digest=digest, pss=pss)), signer)


def test_the_trust_folder_holds_the_anchors_of_the_snapshot(tmp_path: Path) -> None:
    loaded = load_trust_store(trust_folder(world(), tmp_path))
    wanted = {anchor.certificate for anchor in trust_snapshot().anchors}
    assert {anchor.certificate for anchor in loaded.anchors} == wanted
    assert loaded.suites == trust_snapshot().suites
