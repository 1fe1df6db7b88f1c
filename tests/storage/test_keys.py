from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.postgres import RING
from verifier.errors import BadRequest
from verifier.storage.keys import KEY_BYTES, CannotOpen, KeyRing, add_key, key_of, new_key, read_ring, write_ring

OTHER = KeyRing("other", {"other": bytes(32)})
BOTH = KeyRing("other", {**OTHER.keys, **RING.keys})
DATA, BOUND_TO = b"a secret of somebody", b"whose it is"
SEALED = RING.seal("purpose", DATA, BOUND_TO)


def refused(read: Callable[[], object]) -> CannotOpen:
    with pytest.raises(CannotOpen) as refusal:
        read()
    assert refusal.value.problem.code == "sealed-data-broken"
    assert "secret" not in refusal.value.problem.detail
    return refusal.value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=5000), st.text(max_size=20), st.binary(max_size=50))
def test_what_was_sealed_opens(data: bytes, purpose: str, bound_to: bytes) -> None:
    assert RING.open(purpose, RING.seal(purpose, data, bound_to), bound_to) == data


def test_older_keys_open_and_the_current_one_seals() -> None:
    assert BOTH.open("purpose", SEALED, BOUND_TO) == DATA
    assert key_of(SEALED) == "test"
    assert key_of(BOTH.seal("purpose", DATA)) == "other"


def test_the_same_is_never_sealed_the_same() -> None:
    again = RING.seal("purpose", DATA, BOUND_TO)

    assert (DATA in SEALED, len(again)) == (False, len(SEALED))
    assert again[5:37] != SEALED[5:37]
    assert again[37:] != SEALED[37:]


def test_for_another_purpose_or_owner_nothing_opens() -> None:
    refused(lambda: RING.open("other purpose", SEALED, BOUND_TO))
    refused(lambda: RING.open("purpose", SEALED, b"somebody else"))
    refused(lambda: RING.open("purpose", SEALED))
    refused(lambda: RING.open("purpose", SEALED, BOUND_TO + b"\0"))


def test_a_key_that_is_not_there_is_named_and_another_one_of_its_name_does_not_open() -> None:
    assert refused(lambda: OTHER.open("purpose", SEALED, BOUND_TO)).problem.params == {"key": "test"}
    refused(lambda: KeyRing("test", {"test": bytes(32)}).open("purpose", SEALED, BOUND_TO))


@pytest.mark.parametrize("at", range(len(SEALED)))
def test_no_byte_may_change(at: int) -> None:
    for change in (0x01, 0x80, 0xFF):
        spoiled = SEALED[:at] + bytes([SEALED[at] ^ change]) + SEALED[at + 1 :]
        refused(lambda spoiled=spoiled: RING.open("purpose", spoiled, BOUND_TO))  # type: ignore[misc]


def test_no_end_may_be_cut_off_or_added() -> None:
    for size in range(len(SEALED)):
        refused(lambda size=size: RING.open("purpose", SEALED[:size], BOUND_TO))  # type: ignore[misc]
    refused(lambda: RING.open("purpose", SEALED + b"\0", BOUND_TO))


def test_a_name_cannot_be_moved_into_what_is_bound() -> None:
    ring = KeyRing("te", {"te": RING.keys["test"], "test": RING.keys["test"]})
    moved = b"\x02te" + SEALED[5:]

    refused(lambda: ring.open("purpose", moved, b"st" + BOUND_TO))


def test_the_name_of_the_key_is_bound_too() -> None:
    twice = KeyRing("test", {"test": RING.keys["test"], "same": RING.keys["test"]})

    refused(lambda: twice.open("purpose", b"\x04same" + SEALED[5:], BOUND_TO))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([b"", b"\x04test", b"\xff", b"\x04te\xc3\xa9"]), st.binary(max_size=200))
def test_hostile_bytes_are_refused(start: bytes, data: bytes) -> None:
    refused(lambda: RING.open("purpose", start + data))


def test_marks_fit_what_they_were_made_for_and_nothing_else() -> None:
    mark = RING.mark("purpose", b"7 ab")

    assert mark.startswith("test:")
    assert RING.fits("purpose", b"7 ab", mark)
    assert BOTH.fits("purpose", b"7 ab", mark)
    for wrong in ("", "test", "test:", ":", mark[:-1], mark + "0", mark.upper(), mark.replace("test", "nobody")):
        assert not RING.fits("purpose", b"7 ab", wrong)
    assert not RING.fits("other purpose", b"7 ab", mark)
    assert not RING.fits("purpose", b"8 ab", mark)
    assert not OTHER.fits("purpose", b"7 ab", mark)


@given(st.text(max_size=100))
def test_hostile_marks_do_not_fit(mark: str) -> None:
    assert not RING.fits("purpose", b"7 ab", mark)
    assert not RING.fits("purpose", b"7 ab", f"test:{mark}")


def test_digests_differ_by_purpose_and_key() -> None:
    found = {BOTH.digest(purpose, b"x", key) for purpose in ("a", "b") for key in ("test", "other")}

    assert {len(digest) for digest in found} == {32}
    assert len(found) == 4
    assert BOTH.digest("a", b"x") == BOTH.digest("a", b"x", "other")


def test_keys_do_not_show() -> None:
    assert repr(RING) == "KeyRing(current='test')"


# --- the key file ----------------------------------------------------------------------------------------------------

GOOD = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.toml"


def written(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return file


def test_a_ring_is_written_for_its_owner_and_read_again(file: Path) -> None:
    write_ring(file, BOTH)

    assert read_ring(file) == BOTH
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    write_ring(file, RING)
    file.chmod(mode)

    with pytest.raises(BadRequest, match="open to others"):
        read_ring(file)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must hold"),
        (f'current = "a"\n[keys]\na = "{GOOD}"\n[more]\n', "must hold"),
        (f'current = "a"\nother = 1\n[keys]\na = "{GOOD}"\n', "must hold"),
        (f'[keys]\na = "{GOOD}"\n', "must hold"),
        ('current = "a"\n', "must hold"),
        ('current = "a"\nkeys = "a"\n', "must hold"),
        (f'current = []\n[keys]\na = "{GOOD}"\n', "must hold"),
        (f'current = {{a = 1}}\n[keys]\na = "{GOOD}"\n', "must hold"),
        (f'current = "b"\n[keys]\na = "{GOOD}"\n', "no key under the name"),
        ('current = "a"\n[keys]\n', "no key under the name"),
        ('current = "a"\n[keys]\na = "not base64!"\n', "not base64"),
        (f'current = "a"\n[keys]\na = "{GOOD[:-1]}"\n', "not base64"),
        ('current = "a"\n[keys]\na = 12\n', "not base64"),
        ('current = "a"\n[keys]\na = ["x"]\n', "not base64"),
        ('current = "a"\n[keys]\na = "AAAA"\n', "not 32 bytes"),
        ('current = "a"\n[keys]\na = ""\n', "not 32 bytes"),
        (f'current = "a"\n[keys]\na = "{base64.b64encode(bytes(33)).decode()}"\n', "not 32 bytes"),
        (f'current = "A"\n[keys]\nA = "{GOOD}"\n', "a name that is none"),
        (f'current = "a b"\n[keys]\n"a b" = "{GOOD}"\n', "a name that is none"),
        (f'current = ""\n[keys]\n"" = "{GOOD}"\n', "a name that is none"),
        (f'current = "{"a" * 33}"\n[keys]\n{"a" * 33} = "{GOOD}"\n', "a name that is none"),
        (f'current = "a"\n[keys]\na = "{GOOD}"\nb = "AAAA"\n', "not 32 bytes"),
        (f'current = "a"\n[keys]\na = "{GOOD}"\na = "{GOOD}"\n', "TOMLDecodeError"),
        ('current = "khóa"\n', "UnicodeDecodeError"),
        ("[", "TOMLDecodeError"),
    ],
)
def test_a_file_that_is_no_key_file_is_refused_without_telling_what_it_holds(file: Path, text: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why) as refusal:
        read_ring(written(file, text))

    assert refusal.value.problem.code == "bad-option"
    assert GOOD not in str(refusal.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_hostile_key_files_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "hostile.toml"
    file.write_bytes(data)
    file.chmod(0o600)

    with pytest.raises(BadRequest):
        read_ring(file)


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(BadRequest, match="FileNotFoundError"):
        read_ring(file)
    with pytest.raises(BadRequest, match="IsADirectoryError"):
        read_ring(file.parent)


def test_a_key_is_added_and_current_and_the_older_ones_stay(file: Path) -> None:
    write_ring(file, RING)

    ring = add_key(file, "next")

    assert (ring.current, set(ring.keys), ring.keys["test"]) == ("next", {"next", "test"}, RING.keys["test"])
    assert read_ring(file) == ring
    assert ring.open("purpose", SEALED, BOUND_TO) == DATA


def test_the_first_key_makes_the_file(file: Path) -> None:
    assert add_key(file, "first") == read_ring(file)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "é", "a" * 33, "a\n", "../a"])
def test_a_name_that_is_none_is_refused(file: Path, name: str) -> None:
    with pytest.raises(BadRequest, match="no name of a key"):
        add_key(file, name)
    assert not file.exists()


def test_a_name_that_is_taken_is_refused_and_nothing_is_changed(file: Path) -> None:
    write_ring(file, RING)
    before = file.read_bytes()

    with pytest.raises(BadRequest, match="there already"):
        add_key(file, "test")

    assert file.read_bytes() == before


def test_to_a_broken_file_no_key_is_added(file: Path) -> None:
    written(file, "broken")

    with pytest.raises(BadRequest, match="TOMLDecodeError"):
        add_key(file, "next")

    assert file.read_text() == "broken"


def test_where_nothing_can_be_written_it_is_said(file: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be written"):
        add_key(file / "nowhere" / "keys.toml", "next")


def test_keys_added_at_the_same_time_are_all_there(file: Path) -> None:
    names = [f"key-{number}" for number in range(8)]
    threads = [threading.Thread(target=add_key, args=(file, name)) for name in names]

    for one in threads:
        one.start()
    for one in threads:
        one.join(20)

    assert set(read_ring(file).keys) == set(names)


@pytest.mark.parametrize("name", ["keys", "keys.new", "keys.toml", ".new", "keys.new.new"])
def test_whatever_the_file_is_called_the_old_one_is_there_until_the_new_one_is(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    write_ring(file, RING)
    (tmp_path / f"{name}.new").mkdir()

    with pytest.raises(OSError, match=r"directory|not permitted"):
        write_ring(file, OTHER)

    assert read_ring(file) == RING


def test_through_a_link_the_file_behind_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    file, link = tmp_path / "place" / "keys.toml", tmp_path / "link.toml"
    write_ring(file, RING)
    link.symlink_to(file)

    add_key(link, "next")

    assert link.is_symlink()
    assert read_ring(file).current == "next"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_the_service_stays_the_services_when_root_adds_a_key(file: Path) -> None:
    write_ring(file, RING)
    os.chown(file, 1234, -1)

    add_key(file, "next")

    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (1234, 0o600)


def test_new_keys_are_random() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == KEY_BYTES
