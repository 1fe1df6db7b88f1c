from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.postgres import RING
from verifier.storage import envelope
from verifier.storage.blobs import CHUNK, Blobs
from verifier.storage.envelope import MAGIC
from verifier.storage.keys import TAG_BYTES, CannotOpen, KeyRing

NEXT = KeyRing("next", {"next": bytes(reversed(range(32))), **RING.keys})
SEALED_CHUNK = CHUNK + TAG_BYTES
HEADER = envelope.HEADER_BYTES
SEALED_KEY = 1 + len("test") + 32 + 32 + TAG_BYTES
CONTENT = b"".join(bytes([number]) * CHUNK for number in range(3)) + b"the end"
"""Three whole chunks and a short one."""


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return blobs_of(tmp_path)


def blobs_of(folder: Path, ring: KeyRing = RING) -> Blobs:
    return Blobs(folder / "files", ring, folder / "spool")


def stored(folder: Path, name: str) -> Path:
    return folder / "files" / name


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_comes_back(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(CONTENT)

    name = blobs.put_file(tmp_path / "in")

    assert blobs.read(name) == CONTENT
    assert b"".join(blobs.stream(name)) == CONTENT
    with blobs.opened(name) as path:
        assert path.read_bytes() == CONTENT
    with blobs.file(name).opened() as path:
        assert path.read_bytes() == CONTENT
    assert (tmp_path / "in").exists()


def test_an_empty_file_is_a_file(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "in").touch()

    assert blobs.read(blobs.put_file(tmp_path / "in")) == b""
    assert blobs.read(blobs.put(b"")) == b""


@settings(max_examples=40, deadline=None)
@given(
    chunks=st.integers(0, 3),
    beside=st.integers(-TAG_BYTES - 1, TAG_BYTES + 1),
    cuts=st.lists(st.integers(1, 3 * CHUNK), max_size=4),
)
def test_every_size_in_every_slicing_makes_the_round_trip(chunks: int, beside: int, cuts: list[int]) -> None:
    content = os.urandom(max(0, chunks * CHUNK + beside))
    places = [0, *sorted(cuts), len(content)]
    pieces = [content[start:end] for start, end in itertools.pairwise(places)]

    form = b"".join(envelope.sealed(RING, "n", pieces))
    back = envelope.opened(RING, "n", (form[at : at + 99_991] for at in range(0, len(form), 99_991)))

    assert b"".join(back) == content
    assert len(form) == HEADER + len(content) + TAG_BYTES * max(1, -(-len(content) // CHUNK))


def test_nothing_readable_stands_on_the_disk(blobs: Blobs, tmp_path: Path) -> None:
    first, second = blobs.put(b"giay khai sinh " * 99), blobs.put(b"giay khai sinh " * 99)

    one, other = stored(tmp_path, first).read_bytes(), stored(tmp_path, second).read_bytes()

    assert b"giay khai sinh" not in one + other
    assert one[HEADER:] != other[HEADER:]


def test_names_differ_and_say_nothing(blobs: Blobs) -> None:
    first, second = blobs.put(b"same"), blobs.put(b"same")

    assert first != second
    assert len(first) == 35
    assert {name for names in blobs.names() for name in names} == {first, second}


def test_deleting_leaves_nothing_on_the_disk(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(b"secret")

    blobs.delete(name)
    blobs.delete(name)

    assert files_in(tmp_path) == []
    for read in (blobs.read, blobs.file, blobs.ring_key, blobs.reseal, blobs.stream, copy_of(blobs)):
        with pytest.raises(FileNotFoundError):
            read(name)


def copy_of(blobs: Blobs) -> Callable[[str], bytes]:
    def copy(name: str) -> bytes:
        with blobs.opened(name) as path:
            return path.read_bytes()

    return copy


def test_only_the_owner_may_look_into_the_folders(blobs: Blobs, tmp_path: Path) -> None:
    with blobs.opened(blobs.put(b"secret")) as path:
        modes = [path.stat().st_mode, path.parent.stat().st_mode, (tmp_path / "files").stat().st_mode]

    assert [mode & 0o777 for mode in modes] == [0o600, 0o700, 0o700]


def test_plain_copies_are_gone_on_leaving_whatever_happens(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(CONTENT)

    with pytest.raises(ZeroDivisionError), blobs.opened(name):
        raise ZeroDivisionError

    with blobs.opened(name) as path:
        path.unlink()
    assert files_in(tmp_path / "spool") == []


def test_plain_copies_of_a_killed_process_are_deleted_by_the_next_and_those_in_use_are_not(
    blobs: Blobs, tmp_path: Path
) -> None:
    left = tmp_path / "spool" / "plain-left"
    left.write_bytes(b"secret")

    with blobs.opened(blobs.put(b"in use")) as path:
        blobs_of(tmp_path)
        assert path.read_bytes() == b"in use"
        assert files_in(tmp_path / "spool") == [path]


def test_older_than_names_what_was_written_before(blobs: Blobs) -> None:
    name = blobs.put(b"x")
    now = datetime.now(UTC)

    assert list(blobs.older_than(now + timedelta(minutes=1))) == [(name,)]
    assert list(blobs.older_than(now - timedelta(minutes=1))) == []


def test_what_was_being_put_when_a_process_died_is_swept_up(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(b"x")
    half = stored(tmp_path, f"{name}#1")
    half.write_bytes(b"half")
    now = datetime.now(UTC)

    assert blobs.drop_unfinished(now - timedelta(minutes=1)) == 0
    assert half.exists()
    assert blobs.drop_unfinished(now + timedelta(minutes=1)) == 1

    assert files_in(tmp_path) == [stored(tmp_path, name)]


def test_a_large_file_does_not_fill_the_memory(blobs: Blobs, tmp_path: Path) -> None:
    size = 32 * 1024 * 1024
    with (tmp_path / "in").open("wb") as file:
        file.truncate(size)
    tracemalloc.start()
    try:
        name = blobs.put_file(tmp_path / "in")
        with blobs.opened(name) as path:
            copied = path.stat().st_size
        blobs_of(tmp_path, NEXT).reseal(name)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert copied == size
    assert peak < size / 4


# --- spoiled files ---------------------------------------------------------------------------------------------------

Spoil = Callable[[bytes], bytes]


def flipped(at: int) -> Spoil:
    return lambda form: form[:at] + bytes([form[at] ^ 1]) + form[at + 1 :]


def cut(at: int) -> Spoil:
    return lambda form: form[:at]


def swapped(form: bytes) -> bytes:
    first, second = HEADER, HEADER + SEALED_CHUNK
    third = second + SEALED_CHUNK
    return form[:first] + form[second:third] + form[first:second] + form[third:]


def doubled(form: bytes) -> bytes:
    return form[: HEADER + SEALED_CHUNK] + form[HEADER:]


def without_the_second(form: bytes) -> bytes:
    return form[: HEADER + SEALED_CHUNK] + form[HEADER + 2 * SEALED_CHUNK :]


SPOILED: dict[str, tuple[Spoil, int]] = {
    "magic": (flipped(0), 0),
    "version": (flipped(8), 0),
    "length of the sealed key": (flipped(10), 0),
    "length of the sealed key, far off": (flipped(9), 0),
    "length of the key's name": (flipped(11), 0),
    "the key's name": (flipped(12), 0),
    "salt": (flipped(16), 0),
    "sealed data key": (flipped(48), 0),
    "tag of the data key": (flipped(10 + SEALED_KEY), 0),
    "zeros behind it": (flipped(11 + SEALED_KEY), 0),
    "last zero": (flipped(HEADER - 1), 0),
    "first chunk": (flipped(HEADER), 0),
    "tag of the first chunk": (flipped(HEADER + SEALED_CHUNK - 1), 0),
    "second chunk": (flipped(HEADER + SEALED_CHUNK + 5), 1),
    "last chunk": (flipped(HEADER + 3 * SEALED_CHUNK), 3),
    "last byte": (flipped(-1 + HEADER + 3 * SEALED_CHUNK + len(b"the end") + TAG_BYTES), 3),
    "nothing": (cut(0), 0),
    "cut in the magic": (cut(5), 0),
    "cut in the header": (cut(HEADER - 1), 0),
    "cut after the header": (cut(HEADER), 0),
    "cut in a tag": (cut(HEADER + 5), 0),
    "cut at the border of the first chunk": (cut(HEADER + SEALED_CHUNK), 0),
    "cut at the border of the third chunk": (cut(HEADER + 3 * SEALED_CHUNK), 2),
    "cut in the last chunk": (cut(-1), 3),
    "two chunks swapped": (swapped, 0),
    "a chunk doubled": (doubled, 1),
    "a chunk left out": (without_the_second, 1),
    "longer": (lambda form: form + b"x", 3),
    "a second last chunk": (lambda form: form + form[HEADER + 3 * SEALED_CHUNK :], 3),
    "a file behind it": (lambda form: form + form, 3),
}
"""What is spoiled, and how many chunks before it are true."""


def refused(read: Callable[[], object]) -> None:
    with pytest.raises(CannotOpen) as refusal:
        read()
    assert refusal.value.problem.code == "sealed-data-broken"


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_file_is_refused_and_gives_nothing_that_is_not_verified(
    what: str, blobs: Blobs, tmp_path: Path
) -> None:
    spoil, true_chunks = SPOILED[what]
    name = blobs.put(CONTENT)
    place, given_out, entered = stored(tmp_path, name), bytearray(), []
    place.write_bytes(spoil(place.read_bytes()))

    def stream() -> None:
        for piece in blobs.stream(name):
            given_out.extend(piece)

    def enter() -> None:
        with blobs.opened(name) as path:
            entered.append(path)

    refused(lambda: blobs.read(name))
    refused(stream)
    refused(enter)
    assert bytes(given_out) == CONTENT[: true_chunks * CHUNK]
    assert entered == []
    assert files_in(tmp_path / "spool") == []


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, HEADER + 40 + TAG_BYTES - 1), bit=st.integers(0, 7))
def test_no_bit_of_a_small_file_may_change(at: int, bit: int) -> None:
    form = bytearray(b"".join(envelope.sealed(RING, "n", [bytes(40)])))
    form[at] ^= 1 << bit

    refused(lambda: b"".join(envelope.opened(RING, "n", [bytes(form)])))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"", MAGIC + b"\x01", MAGIC + b"\x01\x00\x55\x04test"]), st.binary(max_size=400))
def test_hostile_bytes_are_refused(start: bytes, data: bytes) -> None:
    form = start + data

    refused(lambda: b"".join(envelope.opened(RING, "n", [form])))
    with pytest.raises(CannotOpen):
        b"".join(envelope.resealed(NEXT, "n", [form]) or ())


def test_a_file_under_another_name_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    mine, other = blobs.put(b"mine"), blobs.put(b"other")
    stored(tmp_path, other).replace(stored(tmp_path, mine))

    refused(lambda: blobs.read(mine))
    refused(lambda: blobs_of(tmp_path, NEXT).reseal(mine))


def test_the_body_of_another_file_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    mine, other = (stored(tmp_path, blobs.put(content)) for content in (b"mine!", b"other"))
    mine.write_bytes(mine.read_bytes()[:HEADER] + other.read_bytes()[HEADER:])

    refused(lambda: blobs.read(f"{mine.parent.name}/{mine.name}"))


def test_a_key_that_is_not_on_the_ring_is_named(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(b"x")

    with pytest.raises(CannotOpen) as refusal:
        blobs_of(tmp_path, KeyRing("next", {"next": bytes(32)})).read(name)

    assert refusal.value.problem.params == {"key": "test"}


# --- sealing anew ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, CONTENT[: 2 * CHUNK]])
def test_sealed_anew_the_header_alone_is_changed(content: bytes, blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(content)
    before, later = stored(tmp_path, name).read_bytes(), blobs_of(tmp_path, NEXT)

    assert (later.ring_key(name), later.reseal(name), later.ring_key(name)) == ("test", True, "next")

    after = stored(tmp_path, name).read_bytes()
    assert (after[:HEADER] != before[:HEADER], after[HEADER:] == before[HEADER:]) == (True, True)
    assert later.read(name) == content
    assert blobs_of(tmp_path, KeyRing("next", {"next": NEXT.keys["next"]})).read(name) == content
    refused(lambda: blobs.read(name))
    assert not later.reseal(name)
    assert files_in(tmp_path) == [stored(tmp_path, name)]


def test_a_reader_is_not_disturbed_by_sealing_anew(blobs: Blobs, tmp_path: Path) -> None:
    ring = KeyRing("a-longer-name", {"a-longer-name": bytes(32), **RING.keys})
    content = CONTENT * 10
    name = blobs.put(content)
    pieces = blobs.stream(name)
    first = next(pieces)

    assert blobs_of(tmp_path, ring).reseal(name)

    assert first + b"".join(pieces) == content


def test_a_broken_body_stays_as_it_is(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(CONTENT)
    place, later = stored(tmp_path, name), blobs_of(tmp_path, NEXT)
    place.write_bytes(flipped(HEADER + SEALED_CHUNK)(place.read_bytes()))

    assert later.reseal(name)
    refused(lambda: later.read(name))


DIES = """
import os, signal, sys
from pathlib import Path
from tests.storage.test_blobs import NEXT, blobs_of
from verifier.storage.blobs import Blobs

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

folder, name, when = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
blobs = blobs_of(folder, NEXT)
if when == "before the exchange":
    blobs._replace = die
elif when == "in the middle":
    def some(file):
        yield file.read(2 * 1024 * 1024)
        die()
    write = blobs._write
    blobs._write = lambda name, file: write(name, some(file))
blobs.reseal(name)
die()
"""


@pytest.mark.parametrize("when", ["in the middle", "before the exchange", "after it"])
def test_killed_while_sealing_anew_nothing_is_lost(when: str, blobs: Blobs, tmp_path: Path) -> None:
    content = CONTENT * 4
    name = blobs.put(content)

    ended = subprocess.run([sys.executable, "-c", DIES, tmp_path, name, when], check=False, timeout=60)

    assert ended.returncode == -signal.SIGKILL
    later = blobs_of(tmp_path, NEXT)
    assert later.read(name) == content
    assert later.reseal(name) == (when != "after it")
    assert [names for names in later.names() if names] == [(name,)]
    soon = datetime.now(UTC) + timedelta(minutes=1)
    later.drop_unfinished(soon)
    for draft in {one for names in later.older_than(soon) for one in names} - {name}:
        later.delete(draft)
    assert files_in(tmp_path) == [stored(tmp_path, name)]
    assert later.read(name) == content


def test_a_fault_while_sealing_anew_leaves_the_file_and_nothing_else(blobs: Blobs, tmp_path: Path) -> None:
    class Full(Blobs):
        def _write(self, name: str, form: Iterator[bytes] | IO[bytes]) -> None:
            super()._write(name, itertools.islice(form, 1))
            raise OSError(28, "No space left on device")

    name = blobs.put(CONTENT)

    with pytest.raises(OSError, match="No space"):
        Full(tmp_path / "files", NEXT, tmp_path / "spool").reseal(name)

    assert blobs.read(name) == CONTENT
    assert files_in(tmp_path) == [stored(tmp_path, name)]
