from __future__ import annotations

import hashlib
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.faults.crl_process import URL, crl
from tests.outside.net import Net
from tests.pki import AT, world
from verifier.evidence import StoredCrl, crl_bytes
from verifier.outside.clock import FixedClock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.crl_store import CrlStore
from verifier.outside.fetch import Request
from verifier.trust.crl_disk import OpenCrls
from verifier.trust.crl_frame import frame_of, parts_of
from verifier.trust.durable import replace_file

HERE = Path(__file__).resolve().parent.parent.parent
KEY = world().ca.certificate.public_key.dump()


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.faults.crl_process", *words]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def sound(folder: Path) -> int:
    """Look at every list as a new process would; return how many there are."""
    stored = [StoredCrl(path.stem, str(path)) for path in folder.glob("*.crl")]
    for one in stored:
        assert hashlib.sha256(crl_bytes(one)).hexdigest() == one.sha256
        here = OpenCrls()
        issuer = frame_of(parts_of(here.index(one).frame)).issuer_key
        assert here.index(one).entry(5, issuer) is not None
        assert here.index(one).entry(6, issuer) is None
        assert here.verifies(one, KEY)
    return len(stored)


def test_power_that_is_lost_while_a_list_is_kept_leaves_nothing_wrong(tmp_path: Path) -> None:
    data = crl(0)
    store = CrlStore(tmp_path / "whole", FixedClock(AT))
    stored = store.put(data, URL)
    index = Path(stored.path).with_suffix(".index").stat().st_size
    assert index < len(data)
    in_the_index = [0, 1, 11, 12, 40, 1000, index // 2, index - 1]
    in_the_list = [index, index + 1, len(data) - 1]
    places = [*in_the_index, *in_the_list]
    with process("stop", str(tmp_path), *map(str, places)) as child:
        out, errors = child.communicate(timeout=60)
    assert (out.split("\n"), errors) == ([*(f"{place} -{signal.SIGXFSZ}" for place in places), ""], "")
    for place in places:
        folder = tmp_path / str(place)
        again = CrlStore(folder, FixedClock(AT))
        assert again.known([URL]) == ()
        assert list(folder.glob("*.crl")) == []
        assert bool(list(folder.glob("*.index"))) == (place in in_the_list)
        assert again.put(data, URL) == stored
        assert again.known([URL]) == (stored,)
        assert sound(folder) == 1


def test_whenever_it_is_killed_every_list_is_whole(tmp_path: Path) -> None:
    chance = random.Random(4)
    told: set[str] = set()
    for _ in range(4):
        with process("fill", str(tmp_path), str(10**9)) as child:
            assert child.stdout is not None
            told.add(child.stdout.readline().strip())
            time.sleep(chance.random() * 0.3)
            child.kill()
            told |= {line.strip() for line in child.stdout if line.endswith("\n")}
    assert told <= {path.stem for path in tmp_path.glob("*.crl")}
    assert sound(tmp_path) >= len(told)


def test_several_processes_work_on_one_store(tmp_path: Path) -> None:
    quota = 5 * len(crl(0)) * 2
    with ExitStack() as started:
        children = [started.enter_context(process("fill", str(tmp_path), str(quota))) for _ in range(3)]
        for child in children:
            assert child.stdout is not None
            for _ in range(10):
                assert len(child.stdout.readline()) == 65
        for child in children:
            child.kill()
            assert child.stderr is not None
            assert child.stderr.read() == ""
    assert sound(tmp_path) >= 1
    (address,) = CrlStore(tmp_path, FixedClock(AT)).addresses()
    assert address.url == URL


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk: what is written beyond fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [1000, 66_000])
def test_on_a_full_disk_it_goes_as_without_a_store_and_the_log_says_so(tmp_path: Path, size: int) -> None:
    data = crl(0)
    net = Net({URL: data})
    library = CrlLibrary(CrlStore(tmp_path, FixedClock(AT)), net)
    with capture_logs() as logs, files_of_at_most(size):
        assert library.fetch(Request(URL)) == data
        assert library.known([URL]) == ()
    assert [(one["log_level"], one["event"]) for one in logs] == [("warning", "the revocation store cannot be used")]
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {".lock"}  # nothing half is left
    stored = library.fetch(Request(URL))
    assert isinstance(stored, StoredCrl)
    assert library.known([URL]) == (stored,)


@pytest.mark.parametrize("end", [0, 5, 500, -1])
def test_an_index_torn_under_one_process_is_made_anew_by_another(tmp_path: Path, end: int) -> None:
    stored = CrlStore(tmp_path, FixedClock(AT)).put(crl(0), URL)
    index = Path(stored.path).with_suffix(".index")
    index.write_bytes(index.read_bytes()[:end])
    assert sound(tmp_path) == 1


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with files_of_at_most(1000), pytest.raises(OSError):
        replace_file(file, (bytes(2000),))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
