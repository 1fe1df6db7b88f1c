"""The full layout of a trust store: what is compiled, when it is compiled again, and the journal of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.trust.builders import root
from verifier.errors import CouldNotJudge
from verifier.snapshot import NotifiedAuthority, TrustSnapshot
from verifier.trust import archive as module
from verifier.trust.journal import JOURNAL, counts_of, journal, loaded
from verifier.trust.store import NOTE, SNAPSHOTS, archive_of, load_trust_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT, OTHER = root(), root("Other")
ANCHOR = """
[[anchor]]
file = "foreign/root.pem"
name = "Root of a ministry"
uses = ["signature"]
source = "note verbale 1/2026"
"""
AUTHORITY = """
[[authority]]
id = "at-mfa"
country = "AT"
notification = {channel = "note_verbale", number = "1/2026", dated = 2026-01-01}
kind = "ministry_of_foreign_affairs"
names = {vi = "Bộ Ngoại giao Áo"}
[[authority.specimen]]
id = "seal"
kind = "seal"
rule = {organization = ["Ministry"]}
[[authority.power]]
documents = ["*"]
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    store = tmp_path / "store"
    (store / "anchors" / "foreign").mkdir(parents=True)
    (store / "anchors" / "foreign" / "root.pem").write_bytes(ROOT.x509.public_bytes(Encoding.PEM))
    (store / "anchors" / "anchors.toml").write_text(ANCHOR)
    return store


def rename(store: Path, name: str) -> None:
    (store / "anchors" / "anchors.toml").write_text(ANCHOR.replace("Root of a ministry", name))


def fresh(store: Path) -> TrustSnapshot:
    module._LOADED.clear()
    return load_trust_store(store)


# --- compiling -----------------------------------------------------------------------------------------------------


def test_the_snapshot_is_kept_and_read_again(store: Path) -> None:
    first = load_trust_store(store)
    assert archive_of(store).ids() == (first.id,)
    (store / "anchors" / "README.md").write_text("")  # also what is no source is a file that might be one
    assert fresh(store) == first
    assert archive_of(store).ids() == (first.id,)


def test_what_was_compiled_is_used_and_not_compiled_again(store: Path) -> None:
    first = load_trust_store(store)
    other = archive_of(store).put(_renamed(first))
    note = store / SNAPSHOTS / NOTE
    note.write_text(note.read_text().replace(first.id, other.id))
    assert fresh(store).id == other.id  # only the note says so
    rename(store, "Another")
    assert fresh(store).anchors[0].name == "Another"


def _renamed(snapshot: TrustSnapshot) -> TrustSnapshot:
    from verifier.trust.canon import arranged

    return arranged(replace(snapshot, anchors=(replace(snapshot.anchors[0], name="Noted"),)))


def _register(store: Path) -> None:
    (store / "authorities").mkdir()
    (store / "authorities" / "at.toml").write_text(AUTHORITY)


def _intermediate(store: Path) -> None:
    (store / "intermediates").mkdir()
    (store / "intermediates" / "ca.der").write_bytes(OTHER.der)


def _certificate(store: Path) -> None:
    (store / "anchors" / "foreign" / "root.pem").write_bytes(OTHER.x509.public_bytes(Encoding.PEM))


def _lists(store: Path) -> None:
    (store / "lists" / "pins").mkdir(parents=True)
    (store / "lists" / "pins" / "pin.pem").write_bytes(OTHER.x509.public_bytes(Encoding.PEM))
    (store / "lists" / "schemes.toml").write_text(
        '[[scheme]]\nid = "eu-at"\nname = "Austria"\nterritory = "AT"\nbranch = "foreign"\n'
        f'pins = [{{file = "pins/pin.pem", sha256 = "{OTHER.certificate.sha256}"}}]\n'
    )


@pytest.mark.parametrize("change", [_register, _intermediate, _certificate, _lists])
def test_every_change_is_seen(store: Path, change: Callable[[Path], None]) -> None:
    before = load_trust_store(store)
    change(store)
    after = fresh(store)
    assert after.id != before.id
    assert fresh(store) == after
    assert set(archive_of(store).ids()) == {before.id, after.id}


def test_lists_and_register_are_part_of_it(store: Path) -> None:
    _register(store)
    _lists(store)
    snapshot = load_trust_store(store)
    assert [one.id for one in snapshot.schemes] == ["eu-at"]
    assert isinstance(snapshot.authorities[0], NotifiedAuthority)
    assert snapshot.authorities[0].name("vi") == "Bộ Ngoại giao Áo"


@pytest.mark.parametrize("folder", ["lists", "authorities"])
def test_a_store_without_anchors_of_its_own_is_a_full_one(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / "root.pem").write_bytes(ROOT.x509.public_bytes(Encoding.PEM))
    with pytest.raises(CouldNotJudge, match="trust-store-empty"):
        load_trust_store(tmp_path)
    assert not (tmp_path / SNAPSHOTS).exists()


@pytest.mark.parametrize("damage", ["note", "pack", "gone"])
def test_a_broken_archive_is_made_anew(store: Path, damage: str) -> None:
    first = load_trust_store(store)
    if damage == "note":
        (store / SNAPSHOTS / NOTE).write_bytes(b"[")
    elif damage == "pack":
        (store / SNAPSHOTS / "certificates.pack").write_bytes(b"")
    else:
        (store / SNAPSHOTS / "snapshots" / first.id).unlink()
    assert fresh(store) == first
    assert archive_of(store).get(first.id) == first


def test_a_store_that_cannot_be_written_is_read_all_the_same(store: Path) -> None:
    (store / SNAPSHOTS).write_bytes(b"")
    assert load_trust_store(store).anchors[0].certificate == ROOT.der
    assert loaded(store, NOW, "an").anchors[0].certificate == ROOT.der
    assert journal(store) == ()


def test_nothing_is_written_into_a_plain_folder(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.x509.public_bytes(Encoding.PEM))
    loaded(tmp_path, NOW, "an")
    assert [file.name for file in tmp_path.iterdir()] == ["root.pem"]


# --- the journal -----------------------------------------------------------------------------------------------------


def test_the_journal_tells_when_the_store_said_something_else(store: Path) -> None:
    first = loaded(store, NOW, "an")
    assert loaded(store, NOW + timedelta(days=1), "bình") == first
    rename(store, "Another")
    second = loaded(store, NOW + timedelta(days=2), "bình")
    rename(store, "Root of a ministry")
    loaded(store, NOW + timedelta(days=3), "chi")
    latest, middle, oldest = journal(store)
    assert (latest.id, latest.previous, latest.by) == (first.id, second.id, "chi")
    assert (middle.id, middle.previous, middle.at, middle.by) == (second.id, first.id, NOW + timedelta(days=2), "bình")
    assert (oldest.previous, oldest.changes and oldest.changes["anchor"]) == ("", {"+": 1})
    assert middle.changes == latest.changes == {"anchor": {"~": 1}}


def test_a_torn_line_is_left_out_and_hides_no_other(store: Path) -> None:
    first = loaded(store, NOW, "an")
    file = store / SNAPSHOTS / JOURNAL
    file.write_bytes(file.read_bytes() + file.read_bytes()[:40])
    assert [entry.id for entry in journal(store)] == [first.id]
    rename(store, "Another")
    second = loaded(store, NOW, "an")
    assert [entry.id for entry in journal(store)] == [second.id, first.id]


def test_what_changed_is_unknown_where_the_snapshot_before_is_gone(store: Path) -> None:
    first = loaded(store, NOW, "an")
    rename(store, "Another")
    module._LOADED.clear()
    (store / SNAPSHOTS / "snapshots" / first.id).unlink()
    loaded(store, NOW, "an")
    assert [entry.changes is None for entry in journal(store)] == [True, False]


def test_a_line_is_plain_json(store: Path) -> None:
    snapshot = loaded(store, NOW, "an")
    line = json.loads((store / SNAPSHOTS / JOURNAL).read_text())
    assert (line["id"], line["at"], line["by"]) == (snapshot.id, "2026-01-01T00:00:00+00:00", "an")
    assert counts_of(()) == {}
