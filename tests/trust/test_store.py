from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.trust.builders import Party, authority, day, leaf, root
from verifier.errors import CouldNotJudge
from verifier.policy import parse_policy
from verifier.snapshot import AnchorUse
from verifier.trust.algorithms import packaged_suites
from verifier.trust.store import load_trust_store

SHIPPED = Path(__file__).parents[2] / "trust_store"
PACKAGED = Path(__file__).parents[2] / "verifier" / "trust" / "suites"
ROOT = root()
OTHER = root("Gốc khác")
CA = authority(ROOT)
ENTRY = """
[[anchor]]
file = "foreign/root.pem"
name = "Root of a ministry"
uses = ["signature"]
source = "note verbale 1/2026"
"""


def pem(*parties: Party) -> bytes:
    return b"".join(party.x509.public_bytes(Encoding.PEM) for party in parties)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "root.pem").write_bytes(pem(ROOT))
    return folder


@pytest.fixture
def full(tmp_path: Path) -> Path:
    store = tmp_path / "store"
    (store / "anchors" / "foreign").mkdir(parents=True)
    (store / "intermediates").mkdir()
    (store / "anchors" / "foreign" / "root.pem").write_bytes(pem(ROOT))
    (store / "intermediates" / "ca.der").write_bytes(CA.der)
    (store / "anchors" / "anchors.toml").write_text(ENTRY)
    return store


def problem(path: Path) -> tuple[str, str]:
    with pytest.raises(CouldNotJudge) as caught:
        load_trust_store(path)
    found = caught.value.problem
    return found.code, found.params.get("file", "")


def anchors(path: Path) -> set[bytes]:
    return {anchor.certificate for anchor in load_trust_store(path).anchors}


# --- plain folder ------------------------------------------------------------------------------------------------


def test_each_certificate_of_a_plain_folder_is_an_anchor_for_all(plain: Path) -> None:
    snapshot = load_trust_store(plain)
    (anchor,) = snapshot.anchors
    assert (anchor.certificate, anchor.name, anchor.trusted_until) == (ROOT.der, "Root", None)
    assert anchor.uses == frozenset(AnchorUse)
    assert set(snapshot.suites) == {"ts119312", "vietnam"}


def _bundle(*parties: Party) -> bytes:
    return pkcs7.serialize_certificates([party.x509 for party in parties], Encoding.DER)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("other.der", OTHER.der),
        ("other.cer", OTHER.der),
        ("other.CRT", pem(OTHER)),
        ("other.pem", "Gốc khác:\r\n".encode() + pem(OTHER).replace(b"\n", b"\r\n")),
        ("other.p7b", _bundle(OTHER)),
        ("other.p7b", pkcs7.serialize_certificates([OTHER.x509], Encoding.PEM)),
        ("both.pem", pem(OTHER, ROOT)),
    ],
)
def test_certificates_come_in_many_forms(plain: Path, name: str, content: bytes) -> None:
    (plain / name).write_bytes(content)
    assert anchors(plain) == {ROOT.der, OTHER.der}


@pytest.mark.parametrize("name", ["README.md", "notes.txt", ".gitkeep", ".hidden.pem", "root.key", "crl.crl"])
def test_other_files_are_passed_over(plain: Path, name: str) -> None:
    (plain / name).write_bytes(b"not a certificate")
    (plain / "folder.pem").mkdir()
    assert anchors(plain) == {ROOT.der}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a certificate",
        OTHER.der[:-1],
        OTHER.der + b"\x00",
        OTHER.der.replace(b"\x06\x08*\x86H\xce=\x04\x03\x02", b"\x07\x08*\x86H\xce=\x04\x03\x02"),
        pem(OTHER)[:-30],
        pem(OTHER) + pem(OTHER)[:-30],
        pem(OTHER).replace(b"MII", b"!!!"),
        pem(OTHER).replace(b"CERTIFICATE", b"PRIVATE KEY"),
        cms.ContentInfo({"content_type": "data", "content": b"x"}).dump(),
        _bundle(OTHER)[:-1],
    ],
)
def test_a_broken_certificate_is_refused_by_name(plain: Path, content: bytes) -> None:
    (plain / "broken.cer").write_bytes(content)
    assert problem(plain) == ("trust-certificate-broken", "broken.cer")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path / "nowhere")[0] == "trust-store-missing"
    (tmp_path / "file").write_bytes(b"")
    assert problem(tmp_path / "file")[0] == "trust-store-missing"


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path)[0] == "trust-store-empty"


# --- the id ------------------------------------------------------------------------------------------------------


def test_the_id_follows_the_content_and_not_the_file_names(tmp_path: Path, plain: Path) -> None:
    (plain / "z.der").write_bytes(OTHER.der)
    again = tmp_path / "again"
    again.mkdir()
    (again / "a.pem").write_bytes(pem(OTHER, ROOT, OTHER))
    first, second = load_trust_store(plain), load_trust_store(again)
    assert first == second
    assert len(first.id) == 64


def _sunset(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text(ENTRY + "trusted_until = 2031-01-01\n")


def _name(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text(ENTRY.replace("Root of", "The root of"))


def _uses(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text(ENTRY.replace('["signature"]', '["timestamp"]'))


def _source(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text(ENTRY.replace("1/2026", "2/2026"))


def _branch(store: Path) -> None:
    (store / "anchors" / "foreign").rename(store / "anchors" / "own")
    (store / "anchors" / "anchors.toml").write_text(ENTRY.replace("foreign/", "own/"))


def _certificate(store: Path) -> None:
    (store / "anchors" / "foreign" / "root.pem").write_bytes(pem(OTHER))


def _intermediate(store: Path) -> None:
    (store / "intermediates" / "ca.der").unlink()


def _suite(store: Path) -> None:
    (store / "algorithms").mkdir()
    text = (PACKAGED / "vietnam.toml").read_text().replace("min_bits = 256", "min_bits = 384")
    (store / "algorithms" / "ours.toml").write_text(text)


@pytest.mark.parametrize("change", [_sunset, _name, _uses, _source, _branch, _certificate, _intermediate, _suite])
def test_every_change_of_content_changes_the_id(full: Path, change: Callable[[Path], None]) -> None:
    before = load_trust_store(full).id
    assert load_trust_store(full).id == before
    change(full)
    assert load_trust_store(full).id != before


# --- full layout -------------------------------------------------------------------------------------------------


def test_the_full_layout_is_read(full: Path) -> None:
    _sunset(full)
    snapshot = load_trust_store(full)
    (anchor,) = snapshot.anchors
    assert (anchor.certificate, anchor.name, anchor.branch) == (ROOT.der, "Root of a ministry", "foreign")
    assert (anchor.source, anchor.trusted_until) == ("note verbale 1/2026", day("2031-01-01"))
    assert anchor.uses == {AnchorUse.SIGNATURE}
    assert snapshot.intermediates == (CA.der,)
    assert set(snapshot.suites) == set(packaged_suites())


def test_the_stores_own_suite_replaces_the_packaged_one(full: Path) -> None:
    _suite(full)
    suites = load_trust_store(full).suites
    assert suites["vietnam"] != packaged_suites()["vietnam"]
    assert suites["ts119312"] == packaged_suites()["ts119312"]


@pytest.mark.parametrize(
    ("part", "spoiled"),
    [
        ("[[anchor]]", "[[anchors]]"),
        ("[[anchor]]", "[anchor]"),
        ("[[anchor]]", "[[anchor"),
        ('source = "note verbale 1/2026"', ""),
        ('source = "note verbale 1/2026"', 'source = "x"\ntrustet_until = 2031-01-01'),
        ('source = "note verbale 1/2026"', 'source = "x"\ntrusted_until = 2031-01-01T00:00:00'),
        ('source = "note verbale 1/2026"', 'source = "x"\nsha256 = "00"'),
        ('["signature"]', '["signing"]'),
        ('["signature"]', "[]"),
        ('["signature"]', '"signature"'),
        ("foreign/root.pem", "foreign/absent.pem"),
        ("foreign/root.pem", "elsewhere/root.pem"),
        ("foreign/root.pem", "root.pem"),
        ("foreign/root.pem", "../anchors/foreign/root.pem"),
        ("foreign/root.pem", "foreign/.."),
        (ENTRY, ""),
    ],
)
def test_an_index_with_a_fault_refuses_the_store(full: Path, part: str, spoiled: str) -> None:
    assert part in ENTRY
    (full / "anchors" / "anchors.toml").write_text(ENTRY.replace(part, spoiled))
    assert problem(full) == ("trust-store-unreadable", "anchors.toml")


@pytest.mark.parametrize("place", [".", "foreign", "own", "anything"])
def test_a_certificate_that_stands_in_no_entry_refuses_the_store(full: Path, place: str) -> None:
    (full / "anchors" / place).mkdir(exist_ok=True)
    (full / "anchors" / place / "extra.pem").write_bytes(pem(OTHER))
    assert problem(full) == ("trust-store-unreadable", "anchors.toml")


def test_a_fingerprint_in_the_index_is_kept(full: Path) -> None:
    index = full / "anchors" / "anchors.toml"
    index.write_text(f'{ENTRY}sha256 = "{ROOT.certificate.sha256.upper()}"\n')
    assert anchors(full) == {ROOT.der}
    _certificate(full)
    assert problem(full) == ("trust-store-unreadable", "anchors.toml")


@pytest.mark.parametrize("place", ["anchors/foreign/root.pem", "intermediates/ca.der"])
def test_a_broken_certificate_refuses_the_full_layout(full: Path, place: str) -> None:
    (full / place).write_bytes(b"broken")
    assert problem(full) == ("trust-certificate-broken", Path(place).name)


def test_a_broken_suite_refuses_the_store(full: Path) -> None:
    (full / "algorithms").mkdir()
    (full / "algorithms" / "ours.toml").write_text("name = 1")
    assert problem(full) == ("trust-store-unreadable", "ours.toml")


def test_two_suites_of_one_name_refuse_the_store(full: Path) -> None:
    (full / "algorithms").mkdir()
    for name in ("a.toml", "b.toml"):
        (full / "algorithms" / name).write_bytes((PACKAGED / "vietnam.toml").read_bytes())
    assert problem(full) == ("trust-store-unreadable", "b.toml")


def test_a_file_that_may_not_be_read_is_told(plain: Path) -> None:
    (plain / "root.pem").unlink()
    (plain / "root.pem").symlink_to("/proc/self/mem")  # reading fails at its first byte, for the superuser too
    assert problem(plain) == ("trust-store-unreadable", "plain")


def test_a_file_that_leads_nowhere_but_to_itself_is_told(plain: Path) -> None:
    (plain / "root.pem").unlink()
    (plain / "root.pem").symlink_to("root.pem")
    assert problem(plain)[0] == "trust-store-unreadable"


# --- what is shipped ---------------------------------------------------------------------------------------------


def test_the_shipped_store_trusts_nobody() -> None:
    assert problem(SHIPPED)[0] == "trust-store-empty"


@pytest.mark.parametrize("name", ["ts119312.toml", "vietnam.toml"])
def test_the_shipped_suites_are_those_of_the_package(name: str) -> None:
    assert (SHIPPED / "algorithms" / name).read_bytes() == (PACKAGED / name).read_bytes()


@pytest.mark.parametrize("name", ["default", "vietnam"])
def test_the_shipped_policies_are_read_and_their_suites_are_there(name: str) -> None:
    policy = parse_policy((SHIPPED / "policies" / f"{name}.toml").read_bytes())
    assert policy.name == name
    assert policy.suite in packaged_suites()


def test_no_certificate_is_shipped() -> None:
    assert [path for path in SHIPPED.rglob("*") if path.suffix in (".pem", ".crt", ".cer", ".der", ".p7b")] == []


def test_an_old_root_with_an_odd_serial_number_is_read(plain: Path) -> None:
    odd = leaf(ROOT, serial=0x7F010203).der.replace(b"\x02\x04\x7f\x01\x02\x03", b"\x02\x04\xff\x01\x02\x03", 1)
    assert isinstance(x509.load_der_x509_certificate(ROOT.der), x509.Certificate)
    (plain / "odd.der").write_bytes(odd)
    assert odd in anchors(plain)
