"""Time-stamping authorities over real HTTP that fail in every way, stop, and come back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certomancer.integrations.animator import Animator, AnimatorArchStore
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.outside.servers import Answer, announced, body, serving
from tests.signing.longterm.house import Here
from tests.signing.time.authority import Authority, refused
from verifier.demo.pki import DemoPki
from verifier.demo.samples import Workshop
from verifier.demo.trust import make_trust
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.outside.clock import SystemClock
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Fetcher
from verifier.outside.gather import Gatherer
from verifier.pades.reader import read_document
from verifier.policy import Policy, make_policy
from verifier.signing.longterm.complete import Judging, LongTerm
from verifier.signing.records import Level, Stamped
from verifier.signing.time.stampers import Stampers
from verifier.snapshot import TrustSnapshot
from verifier.trust.store import load_trust_store

CLOCK = SystemClock()
NOW = CLOCK.now().replace(microsecond=0)
TSA_PATH = "/demo/tsa/tsa"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        return


class House:
    """The demonstration PKI, its trust store, and a first authority on a port of its own that can be stopped."""

    def __init__(self, folder: Path, pki: DemoPki) -> None:
        self.folder, self.pki = folder, pki
        self.store = load_trust_store(make_trust(folder, pki, NOW))
        self.port = free_port()

    @property
    def first(self) -> str:
        return f"http://127.0.0.1:{self.port}{TSA_PATH}"

    @property
    def spare(self) -> str:
        return self.pki.stampers[1]

    @contextmanager
    def authority(self, at: datetime | None = None) -> Iterator[None]:
        """Certomancer's authority, answering as long as this lasts; `at` stands in the place of its clock."""
        animator = Animator(AnimatorArchStore(self.pki._config.pki_archs), at_time=at, with_web_ui=False)
        server = make_server("127.0.0.1", self.port, animator, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, name="first-tsa")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def trusted(self) -> TrustSnapshot:
        return self.store

    def stampers(self, addresses: Sequence[str], **options: Any) -> Stampers:
        hosts = {host_and_port(one) for one in (*addresses, self.pki.url)}
        fetcher = Fetcher(hosts)
        return Stampers(addresses, fetcher, CLOCK, self.trusted, policy, Gatherer(fetcher), **options)

    def long_term(self, stampers: Stampers) -> LongTerm:
        gatherer = Gatherer(Fetcher([host_and_port(self.pki.url)]), nonce=True)
        return LongTerm(Judging(Here(), self.trusted, policy, CLOCK, gatherer, self.folder / "scratch"), stampers)


def policy() -> Policy:
    return make_policy(name="test")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("tsa")
    pki = DemoPki(folder / "keys", free_port())
    server = pki.serve({})
    yield House(folder, pki)
    server.shutdown()
    server.server_close()


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    with serving({"/tsa": answer}) as server:
        yield server.url("/tsa")


FAILING: dict[str, tuple[Callable[[], Answer], str]] = {
    "refuses": (lambda: refused("rejection", "no", "system_failure"), "refused"),
    "garbage": (lambda: body(b"\x30\x82garbage"), "not-a-response"),
    "hangs": (lambda: announced(500), "too-slow"),
    "stranger": (lambda: Authority(at=NOW), "not-trusted"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_the_next_is_asked(house: House, kind: str) -> None:
    answer, why = FAILING[kind]
    with answering(answer()) as first:
        given = house.stampers([first, house.spare], seconds=1.0).token(b"data")
    assert (given.tsa, given.failures) == (house.spare, ((first, why),))


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
def test_one_whose_clock_is_an_hour_off_is_passed_over(house: House, off: timedelta) -> None:
    with house.authority(CLOCK.now() + off):
        given = house.stampers([house.first, house.spare]).token(b"data")
        assert given.failures == ((house.first, "clock-off"),)
        with pytest.raises(CouldNotIssue) as refused_:
            house.stampers([house.first]).token(b"data")
    problem = refused_.value.problem
    assert problem.code == "clock-off"
    assert {"ours", "theirs", "tsa", "tried"} <= set(problem.params)


def test_stopped_and_started(house: House) -> None:
    now = [0.0]
    asking = house.stampers([house.first, house.spare], monotonic=lambda: now[0])

    def asked() -> Stamped:
        now[0] += 31
        return asking.token(b"data")

    with house.authority():
        assert asked().tsa == house.first
    assert asked().failures == ((house.first, "host-not-reached"),)
    assert asking.token(b"data").failures == ((house.first, "resting"),)
    with house.authority():
        assert asked().failures == ()


@pytest.mark.parametrize("level", list(Level))
def test_a_document_waits_and_is_finished_when_an_authority_is_back(house: House, tmp_path: Path, level: Level) -> None:
    workshop = Workshop(house.pki, tmp_path)
    source, out = tmp_path / "signed.pdf", tmp_path / "out.pdf"
    source.write_bytes(workshop.sign(workshop.letter("Thư", "Nội dung"), "so-ngoai-vu", level="B"))
    now = [0.0]
    long_term = house.long_term(house.stampers([house.first], monotonic=lambda: now[0]))
    with pytest.raises(CouldNotIssue) as refused_:
        long_term.completed(source, out, level)
    assert refused_.value.problem.code == "no-time-stamp"
    assert not out.exists()
    now[0] = 31.0
    with house.authority():
        done = long_term.completed(source, out, level)
    assert out.read_bytes().startswith(source.read_bytes())
    assert {stamp.tsa for stamp in done.stamps} == {house.first}
    # by the file alone, nobody asked
    facts = read_document(out.read_bytes())
    verdict = judge(facts, Evidence(house.store), policy(), CLOCK.now()).verdict
    assert {one.indication.value for one in verdict.signatures} == {"TOTAL_PASSED"}
    long_term.lasting(out, CLOCK.now() + timedelta(days=3653))


def test_all_down_is_told_address_by_address(house: House) -> None:
    with ExitStack() as stack:
        refusing = stack.enter_context(answering(refused("rejection")))
        with pytest.raises(CouldNotIssue) as refused_:
            house.stampers([house.first, refusing]).token(b"data")
    tried = refused_.value.problem.params["tried"]
    assert f"{house.first}: host-not-reached" in tried
    assert f"{refusing}: refused" in tried
