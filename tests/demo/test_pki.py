from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from asn1crypto import crl, ocsp, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.ocsp import OCSPRequestBuilder

from verifier.demo.pki import PUBLIC_SERVICE, DemoPki
from verifier.demo.trust import make_trust
from verifier.snapshot import AnchorUse, Branch
from verifier.trust.store import load_trust_store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIGNERS = ("mofa-seal", "mofa-leader", "paris-seal", "paris-leader", "ward-seal", "ward-leader")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPki]:
    made = DemoPki(tmp_path_factory.mktemp("pki") / "keys", free_port())
    others = set(threading.enumerate())
    server = made.serve({})
    ours = [one for one in threading.enumerate() if one not in others and one.name == "demo-pki"]
    yield made
    server.shutdown()
    server.server_close()
    for thread in ours:
        thread.join(30)


def certificate(pki: DemoPki, label: str, arch: str = PUBLIC_SERVICE) -> x509.Certificate:
    return x509.load_der_x509_certificate(pki.certificate(label, arch).dump())


def ask(method: str, url: str, body: bytes = b"", kind: str = "") -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, url, data=body, headers={"Content-Type": kind}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def status(pki: DemoPki, label: str) -> str:
    wanted = OCSPRequestBuilder().add_certificate(certificate(pki, label), certificate(pki, "ca"), SHA256()).build()
    url = f"{pki.url}/{PUBLIC_SERVICE}/ocsp/ca"
    answer = ocsp.OCSPResponse.load(ask("POST", url, wanted.public_bytes(Encoding.DER), "application/ocsp-request"))
    single = answer.basic_ocsp_response["tbs_response_data"]["responses"][0]
    return str(single["cert_status"].name)


@pytest.mark.parametrize("label", SIGNERS)
def test_each_key_is_certified_for_signing_by_the_public_service_authority(pki: DemoPki, label: str) -> None:
    one = certificate(pki, label)
    usage = one.extensions.get_extension_for_class(x509.KeyUsage).value

    one.verify_directly_issued_by(certificate(pki, "ca"))
    assert (usage.digital_signature, usage.content_commitment) == (True, True)
    assert one.public_key() == public_half(pki, label)
    assert one.not_valid_before_utc < NOW < one.not_valid_after_utc
    assert status(pki, label) == "good"


def public_half(pki: DemoPki, label: str) -> object:
    key = load_der_private_key(pki.key(label, PUBLIC_SERVICE).dump(), None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key.public_key()


def test_there_are_long_rsa_keys_and_keys_on_p256(pki: DemoPki) -> None:
    seal, leader = certificate(pki, "mofa-seal").public_key(), certificate(pki, "mofa-leader").public_key()

    assert isinstance(seal, rsa.RSAPublicKey)
    assert seal.key_size == 3072
    assert isinstance(leader, ec.EllipticCurvePublicKey)
    assert leader.curve.name == "secp256r1"


def test_one_signer_is_revoked_and_one_has_expired(pki: DemoPki) -> None:
    assert status(pki, "mofa-revoked") == "revoked"
    assert certificate(pki, "mofa-expired").not_valid_after_utc < NOW
    listed = crl.CertificateList.load(ask("GET", f"{pki.url}/{PUBLIC_SERVICE}/crls/ca/latest.crl"))
    numbers = [one["user_certificate"].native for one in listed["tbs_cert_list"]["revoked_certificates"]]
    assert numbers == [certificate(pki, "mofa-revoked").serial_number]


def test_every_certificate_stays_the_same_while_the_keys_do(pki: DemoPki, tmp_path: Path) -> None:
    shutil.copytree(pki.folder, tmp_path / "keys")
    again = DemoPki(tmp_path / "keys", pki.port)

    assert [certificate(again, label) for label in SIGNERS] == [certificate(pki, label) for label in SIGNERS]
    assert certificate(again, "tsa", "demo") == certificate(pki, "tsa", "demo")


def test_two_authorities_give_time_under_two_roots(pki: DemoPki) -> None:
    signers = []
    for url in pki.stampers:
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
        wanted = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
        answer = tsp.TimeStampResp.load(ask("POST", url, wanted.dump(), "application/timestamp-query"))
        assert answer["status"]["status"].native == "granted"
        signers.append(answer["time_stamp_token"]["content"]["certificates"][0].chosen.issuer.native["common_name"])
    assert signers == ["Gốc trình diễn", "Gốc dấu thời gian trình diễn"]


def test_the_trust_store_trusts_the_public_service_root_and_both_roots_of_time(pki: DemoPki, tmp_path: Path) -> None:
    store = make_trust(tmp_path, pki, NOW)
    anchors = {one.name: (Branch(one.branch), set(one.uses)) for one in load_trust_store(store).anchors}

    public_service = anchors["Gốc chuyên dùng công vụ (trình diễn)"]
    assert public_service == (Branch.VN_GOVERNMENT, {AnchorUse.SIGNATURE})
    assert anchors["Gốc trình diễn"] == (Branch.VN_GOVERNMENT, {AnchorUse.SIGNATURE, AnchorUse.TIMESTAMP})
    assert anchors["Gốc dấu thời gian trình diễn"] == (Branch.VN_PUBLIC, {AnchorUse.TIMESTAMP})


def test_a_trust_store_of_before_is_made_anew(pki: DemoPki, tmp_path: Path) -> None:
    store = make_trust(tmp_path, pki, NOW)
    (store / "anchors" / "vn-government" / "cong-vu.pem").unlink()

    make_trust(tmp_path, pki, NOW)

    assert len(load_trust_store(store).anchors) == 4


def test_the_trust_store_stays_while_the_keys_do(pki: DemoPki, tmp_path: Path) -> None:
    store = make_trust(tmp_path, pki, NOW)
    (store / "note.txt").write_text("mine")

    make_trust(tmp_path, pki, NOW)

    assert (store / "note.txt").exists()
