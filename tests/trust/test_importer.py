from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.trust.builders import Party, authority, day, root
from verifier.errors import BadRequest, CouldNotJudge
from verifier.snapshot import AnchorUse
from verifier.trust.importer import import_root, pending_roots, waiting_roots
from verifier.trust.store import load_trust_store

SHIPPED = Path(__file__).parents[2] / "trust_store"
ROOT = root("Gốc Đặc biệt")
OTHER = root("Other root")
COMMENT = "# Our anchors.\n"


def entry(party: Party) -> str:
    certificate = party.certificate
    return f"""
[[root]]
name = "{certificate.common_name}"
branch = "vn-government"
subject = "{certificate.subject}"
not_before = 2020-01-01T00:00:00Z
not_after = 2030-01-01T00:00:00Z
sha256 = "{certificate.sha256}"
uses = ["signature", "timestamp"]
source = "unofficial copy"
compare_with = "https://example.org"
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "anchors").mkdir()
    (tmp_path / "pending").mkdir()
    (tmp_path / "anchors" / "anchors.toml").write_text(COMMENT)
    (tmp_path / "pending" / "roots.toml").write_text(entry(ROOT) + entry(OTHER))
    return tmp_path


def refusal(store: Path, file: bytes) -> str:
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    with pytest.raises(BadRequest) as caught:
        import_root(store, file)
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    return caught.value.problem.code


def test_a_root_with_the_right_fingerprint_becomes_an_anchor(store: Path) -> None:
    imported = import_root(store, ROOT.der)
    assert imported.file == f"vn-government/goc-dac-biet-{ROOT.certificate.sha256[:12]}.pem"
    assert not imported.already_active
    (anchor,) = load_trust_store(store).anchors
    assert (anchor.certificate, anchor.name, anchor.branch) == (ROOT.der, "Gốc Đặc biệt", "vn-government")
    assert anchor.uses == frozenset(AnchorUse)
    index = store / "anchors" / "anchors.toml"
    assert index.read_text().startswith(COMMENT)
    assert stat.S_IMODE(index.stat().st_mode) == 0o644


def test_a_second_root_joins_the_first(store: Path) -> None:
    import_root(store, ROOT.der)
    import_root(store, OTHER.x509.public_bytes(Encoding.PEM))
    assert {anchor.certificate for anchor in load_trust_store(store).anchors} == {ROOT.der, OTHER.der}


def test_importing_twice_changes_nothing(store: Path) -> None:
    import_root(store, ROOT.der)
    before = (store / "anchors" / "anchors.toml").read_bytes()
    assert import_root(store, ROOT.der).already_active
    assert (store / "anchors" / "anchors.toml").read_bytes() == before


def test_a_file_that_cannot_be_written_is_told(store: Path) -> None:
    (store / "anchors" / "vn-government").write_bytes(b"in the way of the folder")
    with pytest.raises(CouldNotJudge) as caught:
        import_root(store, ROOT.der)
    assert caught.value.problem.code == "trust-store-unreadable"


def test_no_draft_is_left_behind(store: Path) -> None:
    import_root(store, ROOT.der)
    assert [path.name for path in store.rglob(".*")] == []


def test_a_store_without_an_index_gets_one(store: Path) -> None:
    (store / "anchors" / "anchors.toml").unlink()
    import_root(store, ROOT.der)
    assert len(load_trust_store(store).anchors) == 1


def test_a_root_that_is_not_pending_is_refused(store: Path) -> None:
    assert refusal(store, root("Stranger").der) == "root-not-pending"
    assert refusal(store, authority(ROOT).der) == "root-not-pending"


def test_a_root_of_the_same_name_and_another_fingerprint_is_refused(store: Path) -> None:
    forged = root("Other root", key_name="forger")
    assert refusal(store, forged.der) == "fingerprint-mismatch"


@pytest.mark.parametrize(
    "file", [b"", b"nothing", ROOT.der[:-1], b"".join(party.x509.public_bytes(Encoding.PEM) for party in (ROOT, OTHER))]
)
def test_what_is_not_one_certificate_is_refused(store: Path, file: bytes) -> None:
    assert refusal(store, file) == "trust-certificate-broken"


def test_a_plain_folder_has_nothing_pending(tmp_path: Path) -> None:
    (tmp_path / "root.der").write_bytes(ROOT.der)
    assert pending_roots(tmp_path) == ()
    assert refusal(tmp_path, ROOT.der) == "root-not-pending"


def test_a_store_that_is_not_sound_takes_no_root(store: Path) -> None:
    (store / "anchors" / "anchors.toml").write_text("[[anchor]]\n")
    with pytest.raises(CouldNotJudge) as caught:
        import_root(store, ROOT.der)
    assert caught.value.problem.code == "trust-store-unreadable"


@pytest.mark.parametrize(
    ("part", "spoiled"),
    [
        ("vn-government", "elsewhere"),
        (ROOT.certificate.sha256, ROOT.certificate.sha256.upper()),
        (ROOT.certificate.sha256, ROOT.certificate.sha256[:-1]),
        ("2020-01-01T00:00:00Z", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00"),
        ('"timestamp"', '"everything"'),
        ("compare_with", "compare"),
    ],
    ids=["branch", "capitals", "short", "day", "no-zone", "use", "key"],
)
def test_a_spoiled_pending_entry_refuses_all(store: Path, part: str, spoiled: str) -> None:
    (store / "pending" / "roots.toml").write_text(entry(ROOT).replace(part, spoiled))
    with pytest.raises(CouldNotJudge) as caught:
        import_root(store, ROOT.der)
    assert caught.value.problem.code == "trust-store-unreadable"


def test_the_store_is_shown_with_what_waits(store: Path) -> None:
    import_root(store, ROOT.der)
    snapshot = load_trust_store(store)
    assert [anchor.name for anchor in snapshot.anchors] == ["Gốc Đặc biệt"]
    assert [one.name for one in waiting_roots(store, snapshot)] == ["Other root"]


def test_the_shipped_vietnamese_roots_wait() -> None:
    roots = pending_roots(SHIPPED)
    assert {(one.branch, one.not_before.year) for one in roots} == {
        ("vn-public", 2008),
        ("vn-public", 2014),
        ("vn-government", 2010),
        ("vn-government", 2018),
    }
    assert all(one.not_before < day("2020-01-01") < one.not_after for one in roots)
    assert all("unofficial" in one.source and "gov.vn" in one.compare_with for one in roots)
