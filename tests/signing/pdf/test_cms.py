"""A CMS is strict DER, says what the PAdES baseline wants, and holds for libraries that are not ours."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import ec

from tests.pki.certificates import Identity, issue
from tests.pki.keys import Key, rsa_key, sign
from tests.pki.world import LEAF, SIGNED, world
from tests.signing.pdf import files, support
from tests.signing.pdf.support import told
from verifier.signing.pdf import cms
from verifier.signing.pdf.writing import embedded, prepared
from verifier.signing.records import Algorithm

P384 = Key("p-384", ec.derive_private_key(0x1234567890ABCDEF << 200, ec.SECP384R1()))


def signer(algorithm: Algorithm) -> Identity:
    if algorithm.value.startswith("rsa"):
        return issue(LEAF.but(key=rsa_key()), world().ca)
    return issue(LEAF.but(key=P384), world().ca) if algorithm is Algorithm.ECDSA_SHA384 else world().leaf


def made(content_digest: bytes, algorithm: Algorithm) -> tuple[bytes, bytes]:
    """The signed attributes, and a CMS with them."""
    identity = signer(algorithm)
    attributes = cms.attributes(content_digest, identity.der, algorithm)
    value = sign(identity.key, attributes, algorithm.digest, pss="pss" in algorithm.value)
    return attributes, cms.signed(attributes, value, identity.der, (world().ca.der,), algorithm)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_openssl_verifies_every_algorithm(algorithm: Algorithm, tmp_path: Path) -> None:
    content = b"what is signed"
    _, whole = made(hashlib.new(algorithm.digest, content).digest(), algorithm)
    (tmp_path / "cms").write_bytes(whole)
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "root").write_bytes(pem.armor("CERTIFICATE", world().root.der))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "content"]
    command += ["-CAfile", "root", "-purpose", "any", "-out", "/dev/null"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("algorithm", Algorithm)
def test_our_judge_accepts_every_algorithm(algorithm: Algorithm, tmp_path: Path) -> None:
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(files.with_table(files.objects()))
    room = prepared(source, out, support.field(), algorithm.digest)
    embedded(out, room, made(room.digest, algorithm)[1])
    assert told(out.read_bytes()) == [("Mark", "TOTAL_PASSED", "none")]


def test_the_attributes_are_those_of_the_baseline() -> None:
    digest = bytes(range(32))
    attributes, whole = made(digest, Algorithm.ECDSA_SHA256)
    assert attributes[0] == 0x31
    found = asn1.CMSAttributes.load(attributes, strict=True)
    encodings = [each.dump() for each in found]
    assert encodings == sorted(encodings)
    said = {each["type"].native: each["values"][0].native for each in found}
    assert said.keys() == {"content_type", "message_digest", "signing_certificate_v2"}
    assert (said["content_type"], said["message_digest"]) == ("data", digest)
    (reference,) = said["signing_certificate_v2"]["certs"]
    assert reference["cert_hash"] == hashlib.sha256(world().leaf.der).digest()
    assert reference["issuer_serial"] is None
    # in the CMS they are the same bytes but for their tag
    assert b"\xa0" + attributes[1:] in whole


def elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and encoding of what stands in a row; lengths must be as short as they can be."""
    while data:
        length, start = data[1], 2
        if length > 127:
            start += length - 128
            length = int.from_bytes(data[2:start], "big")
            assert length > 127
            assert data[2] > 0
        assert start + length <= len(data)
        yield data[0], data[start : start + length], data[: start + length]
        data = data[start + length :]


def assert_der(data: bytes) -> None:
    for tag, content, _ in elements(data):
        if tag == 0x31:
            encodings = [each for _, _, each in elements(content)]
            assert encodings == sorted(encodings)
        if tag & 0x20:
            assert_der(content)


@pytest.mark.parametrize("algorithm", [Algorithm.ECDSA_SHA256, Algorithm.RSA_PSS_SHA384])
def test_a_cms_is_der(algorithm: Algorithm) -> None:
    _, whole = made(bytes(hashlib.new(algorithm.digest).digest_size), algorithm)
    stamped = cms.with_token(whole, world().stamp(SIGNED)(cms.signature_of(whole)))
    for one in (whole, stamped):
        assert_der(one)
        certificates = [each.dump() for each in asn1.ContentInfo.load(one, strict=True)["content"]["certificates"]]
        assert sorted(certificates) == certificates
        assert len(certificates) == 2


def test_pss_says_digest_mask_and_salt() -> None:
    _, whole = made(bytes(64), Algorithm.RSA_PSS_SHA512)
    (info,) = asn1.ContentInfo.load(whole)["content"]["signer_infos"]
    said = info["signature_algorithm"].native
    assert said["algorithm"] == "rsassa_pss"
    parameters = said["parameters"]
    assert parameters["hash_algorithm"]["algorithm"] == "sha512"
    assert parameters["mask_gen_algorithm"]["parameters"]["algorithm"] == "sha512"
    assert parameters["salt_length"] == 64


def test_a_token_takes_the_place_of_another() -> None:
    _, whole = made(bytes(32), Algorithm.ECDSA_SHA256)
    value = cms.signature_of(whole)
    first, second = (world().stamp(SIGNED, serial=serial)(value) for serial in (1, 2))
    assert cms.with_token(cms.with_token(whole, first), second) == cms.with_token(whole, second)
    assert second in cms.with_token(whole, second)
    assert cms.signature_of(cms.with_token(whole, second)) == value


def test_a_digest_of_another_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="not of this algorithm"):
        cms.attributes(bytes(32), world().leaf.der, Algorithm.ECDSA_SHA384)
