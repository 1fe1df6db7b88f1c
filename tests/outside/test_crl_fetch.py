from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.outside.net import WORLD
from tests.outside.servers import Server, body, drip_body, endless, serving, status
from tests.pki import AT, FRESH, day
from tests.pki.long_crl import long_crl
from verifier.evidence import StoredCrl, crl_bytes
from verifier.outside.clock import FixedClock
from verifier.outside.crl_library import MOST_BYTES, CrlLibrary
from verifier.outside.crl_store import CrlStore
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import Fetcher, FetchLimits, Request

LONG = long_crl(WORLD.ca, FRESH, day(2027), 3000)
LIMITS = FetchLimits(bytes=100_000, seconds=20)
MIB = 1024 * 1024
sent: list[int] = []


def announced(handler: BaseHTTPRequestHandler) -> None:
    """A CRL of 500 MB, of which nothing is ever sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(500 * 10**6))
    handler.end_headers()


def not_announced(handler: BaseHTTPRequestHandler) -> None:
    """The same in one chunk after the other, and it is counted how much is taken."""
    handler.send_response(200)
    handler.end_headers()
    sent.append(0)
    for _ in range(500):
        handler.wfile.write(bytes(MIB))
        sent[-1] += MIB


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    stop = threading.Event()
    answers = {
        "/long.crl": body(LONG),
        "/moved.crl": status(302, "/long.crl"),
        "/cut.crl": body(LONG[:-1], Content_Length=str(len(LONG))),
        "/announced.crl": announced,
        "/not-announced.crl": not_announced,
        "/endless.crl": endless,
        "/slow.crl": drip_body(stop),
        "/gone.crl": status(404),
    }
    with serving(answers) as made:
        yield made
        stop.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "revocation"


def fetched(server: Server, folder: Path, path: str, limits: FetchLimits = LIMITS) -> bytes | StoredCrl:
    library = CrlLibrary(CrlStore(folder, FixedClock(AT)), Fetcher([server.host]))
    return library.fetch(Request(server.url(path)), limits)


@pytest.mark.parametrize("path", ["/long.crl", "/moved.crl"])
def test_a_list_beyond_the_limit_of_memory_is_streamed_to_the_store(server: Server, folder: Path, path: str) -> None:
    stored = fetched(server, folder, path)
    assert len(LONG) > LIMITS.bytes
    assert isinstance(stored, StoredCrl)
    assert crl_bytes(stored) == LONG


@pytest.mark.parametrize(
    ("path", "failure"),
    [
        ("/announced.crl", Failure.TOO_LARGE),
        ("/not-announced.crl", Failure.TOO_LARGE),
        ("/endless.crl", Failure.TOO_LARGE),
        ("/cut.crl", Failure.CUT_OFF),
        ("/gone.crl", Failure.HTTP_STATUS),
    ],
)
def test_what_cannot_be_had_leaves_nothing_behind(server: Server, folder: Path, path: str, failure: Failure) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetched(server, folder, path)
    assert caught.value.failure is failure
    assert [one for one in folder.iterdir() if one.is_file()] == []


def test_a_slow_list_ends_at_the_deadline(server: Server, folder: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetched(server, folder, "/slow.crl", FetchLimits(seconds=0.3))
    assert caught.value.failure is Failure.TOO_SLOW


def test_of_an_endless_list_no_more_is_taken_than_is_allowed(server: Server, folder: Path) -> None:
    sent.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FetchFailed):
        fetched(server, folder, "/not-announced.crl")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert sent[0] < MOST_BYTES + 20 * MIB
    assert grown < 32 * MIB
