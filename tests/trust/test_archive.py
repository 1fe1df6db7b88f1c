from __future__ import annotations

import fcntl
import hashlib
import json
import multiprocessing
import pickle
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trust.records import full
from verifier.errors import CouldNotJudge
from verifier.snapshot import Anchor, Origin, TrustService, TrustSnapshot
from verifier.trust import archive as module
from verifier.trust.archive import CERTIFICATES, KEPT, LOCK, PIECES, SNAPSHOTS, Archive
from verifier.trust.pack import MAGIC
from verifier.trust.snapshots import snapshot_of

SNAPSHOT = full()
OTHER = snapshot_of([Anchor(b"other", "Other")])


def fresh(folder: Path) -> Archive:
    """The archive as a new process finds it."""
    module._LOADED.clear()
    return Archive(folder)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    archive.put(SNAPSHOT)
    return fresh(archive.folder)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(CouldNotJudge) as caught:
        act()
    return caught.value.problem.code


def many(count: int, changed: int = -1) -> TrustSnapshot:
    """Anchors and services of a list; one service may have another name."""
    origin = Origin("list", "list.xml", scheme="eu-at", sequence=1 if changed < 0 else 2)
    ders = [hashlib.sha512(b"%d" % number).digest() * 4 for number in range(count)]
    services = [
        TrustService(f"{number:016x}", "eu-at", "AT", "P", "new" if number == changed else "old", (der,), ())
        for number, der in enumerate(ders)
    ]
    anchors = [Anchor(der, "A" * 80, service=f"{number:016x}") for number, der in enumerate(ders)]
    return snapshot_of(
        [replace(one, origin=origin) for one in anchors],
        services=[replace(one, origin=origin) for one in services],
    )


# --- keeping -------------------------------------------------------------------------------------------------------


def test_what_is_kept_comes_back(archive: Archive) -> None:
    assert archive.get(SNAPSHOT.id) == SNAPSHOT
    assert full() == archive.get(SNAPSHOT.id)
    assert archive.get(SNAPSHOT.id) != OTHER
    assert archive.get(SNAPSHOT.id).services == SNAPSHOT.services
    assert archive.put(SNAPSHOT) == SNAPSHOT
    assert archive.ids() == (SNAPSHOT.id,)


def test_a_snapshot_with_another_id_than_its_content_is_not_kept(archive: Archive) -> None:
    with pytest.raises(ValueError, match="another id"):
        archive.put(replace(OTHER, id="0" * 64))
    assert archive.ids() == (SNAPSHOT.id,)


def test_files_are_kept_by_their_content(archive: Archive) -> None:
    data = b"<list>" * 5000
    name = archive.keep(data)
    assert name == hashlib.sha256(data).hexdigest()
    assert archive.keep(data) == name
    assert (archive.kept(name), archive.kept(archive.keep(b""))) == (data, b"")


@pytest.mark.parametrize("name", ["0" * 64, "", "..", "0" * 63, "../snapshots/" + "0" * 64, SNAPSHOT.id.upper()])
def test_what_was_never_kept_is_unknown(archive: Archive, name: str) -> None:
    assert code(lambda: archive.get(name)) == "snapshot-unknown"
    assert code(lambda: archive.kept(name)) == "material-unknown"


def test_an_archive_that_was_never_written_holds_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "none")
    assert archive.ids() == ()
    assert code(lambda: archive.get(SNAPSHOT.id)) == "snapshot-unknown"
    assert not archive.folder.exists()


def test_what_changes_little_takes_little(tmp_path: Path) -> None:
    archive = Archive(tmp_path)

    def size() -> int:
        return sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())

    archive.put(many(1500))
    first = size()
    archive.put(many(1500, changed=700))
    assert size() - first < first / 20
    before = size()
    archive.put(many(1500))
    assert size() == before


# --- damage --------------------------------------------------------------------------------------------------------


def spoil(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(("name", "at"), [(PIECES, -3), (PIECES, 3), (CERTIFICATES, -3), (CERTIFICATES, 50)])
def test_what_was_altered_is_refused_and_can_be_kept_again(archive: Archive, name: str, at: int) -> None:
    spoil(archive.folder / name, at)

    def everything() -> object:
        found = fresh(archive.folder).get(SNAPSHOT.id)
        return found.services

    assert code(everything) == "snapshot-broken"
    archive.put(SNAPSHOT)
    assert everything() == SNAPSHOT.services
    assert fresh(archive.folder).get(SNAPSHOT.id) == SNAPSHOT


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[", b'{"pieces":[]}', b'{"pieces":["x"]}', b'{"pieces":[99999999]}', b'{"pieces":[-1]}']
)
def test_a_listing_that_was_altered_is_refused(archive: Archive, content: bytes) -> None:
    name = archive.keep(b"list")
    for kind, one in ((SNAPSHOTS, SNAPSHOT.id), (KEPT, name)):
        (archive.folder / kind / one).write_bytes(content)
    assert code(lambda: archive.get(SNAPSHOT.id)) == "snapshot-broken"
    assert code(lambda: archive.kept(name)) == "material-broken"


def test_one_snapshot_under_the_name_of_another_is_refused(archive: Archive) -> None:
    (archive.folder / SNAPSHOTS / OTHER.id).write_bytes((archive.folder / SNAPSHOTS / SNAPSHOT.id).read_bytes())
    assert code(lambda: archive.get(OTHER.id)) == "snapshot-broken"


@pytest.mark.parametrize("torn", [b"x", MAGIC[:3], MAGIC + bytes(40), b"whole head"])
@pytest.mark.parametrize("name", [PIECES, CERTIFICATES])
def test_a_torn_tail_is_cut_off_by_whoever_writes_next(archive: Archive, name: str, torn: bytes) -> None:
    pack = archive.folder / name
    sound = pack.read_bytes()
    tail = sound[:-1] if torn == b"whole head" else torn + bytes(9000)
    pack.write_bytes(sound + tail)
    assert fresh(archive.folder).get(SNAPSHOT.id) == SNAPSHOT
    archive.put(OTHER)
    assert fresh(archive.folder).get(OTHER.id) == OTHER
    assert fresh(archive.folder).get(SNAPSHOT.id) == SNAPSHOT
    assert pack.stat().st_size < len(sound) + 4096


@pytest.mark.parametrize("kind", [SNAPSHOTS, KEPT])
def test_what_was_left_half_written_is_gone_with_the_next_writing(archive: Archive, kind: str) -> None:
    kept = archive.put(full())
    left = archive.folder / kind / ".new-x7_qk2"
    left.write_bytes(b'{"pie')

    archive.keep(b"a file")
    assert not left.exists()
    assert archive.get(kept.id) == kept


def test_a_snapshot_that_was_lost_to_a_torn_pack_is_told(archive: Archive) -> None:
    pack = archive.folder / CERTIFICATES
    pack.write_bytes(pack.read_bytes()[:-1])
    assert code(lambda: fresh(archive.folder).get(SNAPSHOT.id).services) == "snapshot-broken"
    archive.put(SNAPSHOT)
    assert fresh(archive.folder).get(SNAPSHOT.id).services == SNAPSHOT.services


def test_an_archive_that_cannot_be_written_is_told_and_can_be_read(archive: Archive) -> None:
    (archive.folder / LOCK).unlink()
    (archive.folder / LOCK).mkdir()
    assert code(lambda: archive.put(OTHER)) == "archive-unwritable"
    assert code(lambda: archive.keep(b"x")) == "archive-unwritable"
    assert archive.get(SNAPSHOT.id) == SNAPSHOT


def test_a_file_in_the_place_of_an_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert code(lambda: Archive(tmp_path / "file").put(OTHER)) == "archive-unwritable"


# --- several processes -----------------------------------------------------------------------------------------------


def _put(folder: Path, number: int) -> None:
    for one in range(6):
        Archive(folder).put(snapshot_of([Anchor(b"%d" % (number * 4 + one), "A")]))
        Archive(folder).keep(b"%d" % one)


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_put, args=(tmp_path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    archive = fresh(tmp_path)
    assert len(archive.ids()) == 14
    assert all(archive.get(name).id == name for name in archive.ids())
    whole = (tmp_path / CERTIFICATES).read_bytes()
    assert whole.count(MAGIC) == 14


def test_whoever_writes_waits_for_those_who_do(archive: Archive) -> None:
    writer = threading.Thread(target=archive.put, args=(OTHER,))
    with (archive.folder / LOCK).open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert archive.ids() == (SNAPSHOT.id,)
    writer.join()
    assert archive.get(OTHER.id) == OTHER


def test_a_snapshot_of_an_archive_travels_by_its_name(archive: Archive) -> None:
    found = archive.get(SNAPSHOT.id)
    packed = pickle.dumps([found, found])
    assert len(packed) < 300 + len(str(archive.folder))
    one, again = pickle.loads(packed)
    assert one is again is found
    module._LOADED.clear()
    assert pickle.loads(packed)[0] == SNAPSHOT


def test_what_is_made_of_it_travels_whole(archive: Archive) -> None:
    found = replace(archive.get(SNAPSHOT.id), anchors=OTHER.anchors)
    came = pickle.loads(pickle.dumps(found))
    assert (came.anchors, came.services) == (OTHER.anchors, SNAPSHOT.services)
    assert pickle.loads(pickle.dumps(SNAPSHOT)) == SNAPSHOT


def test_a_snapshot_that_is_gone_meanwhile_is_told_where_it_arrives(archive: Archive) -> None:
    packed = pickle.dumps(archive.get(SNAPSHOT.id))
    (archive.folder / SNAPSHOTS / SNAPSHOT.id).unlink()
    module._LOADED.clear()
    assert code(lambda: pickle.loads(packed)) == "snapshot-unknown"


def test_few_snapshots_stay_in_memory(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    kept = [archive.put(snapshot_of([Anchor(b"%d" % number, "A")])) for number in range(module.IN_MEMORY + 1)]
    assert archive.get(kept[-1].id) is kept[-1]
    assert len(module._LOADED) == module.IN_MEMORY
    assert archive.get(kept[0].id) == kept[0]


def test_a_listing_is_plain_json(archive: Archive) -> None:
    assert json.loads((archive.folder / SNAPSHOTS / SNAPSHOT.id).read_bytes())["pieces"]
