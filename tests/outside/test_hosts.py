from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.outside.test_remember import Watch
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request, origin_of
from verifier.outside.hosts import AT_ONCE, DEAD_AFTER, REST_SECONDS, Hosts

A, OTHER_PAGE, SECURE, B = (
    Request(url) for url in ("http://a.example/1", "http://A.example:80/2", "https://a.example/1", "http://b.example/")
)


@dataclass
class World:
    """Hosts by origin: alive unless told otherwise."""

    failures: dict[str, tuple[Failure, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        self.asked.append(request.url)
        if found := self.failures.get(origin_of(request.url)):
            failed = FetchFailed(found[0], status="503")
            failed.dead = found[1]
            raise failed
        return b"answer"


def failure(hosts: Hosts, request: Request) -> Failure:
    with pytest.raises(FetchFailed) as caught:
        hosts.fetch(request)
    return caught.value.failure


def dead(request: Request, failure: Failure = Failure.SILENT) -> dict[str, tuple[Failure, str]]:
    return {origin_of(request.url): (failure, origin_of(request.url))}


@pytest.mark.parametrize("how", [Failure.SILENT, Failure.NOT_REACHED, Failure.NOT_RESOLVED])
def test_a_dead_host_is_left_alone_for_a_while_whatever_is_asked_of_it(how: Failure) -> None:
    world, watch = World(dead(A, how)), Watch()
    hosts = Hosts(world, monotonic=watch)
    assert [failure(hosts, A) for _ in range(DEAD_AFTER)] == [how] * DEAD_AFTER
    assert failure(hosts, OTHER_PAGE) is Failure.RESTING
    assert len(world.asked) == DEAD_AFTER
    watch.time = REST_SECONDS + 1
    assert failure(hosts, OTHER_PAGE) is how
    assert failure(hosts, A) is Failure.RESTING
    world.failures.clear()
    watch.time = 2 * REST_SECONDS + 2
    assert hosts.fetch(A) == b"answer"
    assert hosts.fetch(OTHER_PAGE) == b"answer"


def test_other_hosts_and_other_ports_go_on() -> None:
    hosts = Hosts(World(dead(SECURE)))
    for _ in range(DEAD_AFTER + 1):
        failure(hosts, SECURE)
    assert hosts.fetch(A) == b"answer"
    assert hosts.fetch(B) == b"answer"


@pytest.mark.parametrize("how", [Failure.TOO_SLOW, Failure.HTTP_STATUS, Failure.TOO_LARGE, Failure.NOT_HTTP])
def test_a_host_that_answers_badly_is_asked_again(how: Failure) -> None:
    hosts = Hosts(World({origin_of(A.url): (how, "")}))
    assert {failure(hosts, A) for _ in range(DEAD_AFTER + 3)} == {how}


def test_where_a_redirect_ends_in_nothing_its_target_is_dead_and_not_the_host_itself() -> None:
    world = World({origin_of(A.url): (Failure.SILENT, origin_of(B.url))})
    hosts = Hosts(world)
    assert {failure(hosts, A) for _ in range(DEAD_AFTER + 1)} == {Failure.SILENT}
    assert failure(hosts, B) is Failure.RESTING


def test_failures_count_only_in_a_row() -> None:
    world = World()
    hosts = Hosts(world)
    for _ in range(3):
        world.failures = dead(A)
        assert failure(hosts, A) is Failure.SILENT
        world.failures = {}
        hosts.fetch(A)


def test_one_host_is_asked_few_things_at_once_and_another_does_not_wait() -> None:
    go, entered = threading.Event(), threading.Semaphore(0)
    lock, state = threading.Lock(), {"now": 0, "most": 0}

    class Slow:
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            if request is B:
                return b"quick"
            with lock:
                state["now"] += 1
                state["most"] = max(state.values())
            entered.release()
            assert go.wait(20)
            with lock:
                state["now"] -= 1
            return b"slow"

    hosts = Hosts(Slow())
    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(hosts.fetch, Request(f"http://a.example/{n}")) for n in range(12)]
        for _ in range(AT_ONCE):
            assert entered.acquire(timeout=20)
        assert hosts.fetch(B) == b"quick"
        go.set()
        assert {one.result(20) for one in asked} == {b"slow"}
    assert state["most"] == AT_ONCE


def test_whoever_waits_too_long_for_a_slow_host_is_told_so() -> None:
    go, entered = threading.Event(), threading.Semaphore(0)

    class Slow:
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            entered.release()
            assert go.wait(20)
            return b"slow"

    hosts = Hosts(Slow())
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(hosts.fetch, A) for _ in range(AT_ONCE)]
        for _ in asked:
            assert entered.acquire(timeout=20)
        with pytest.raises(FetchFailed, match="too slow"):
            hosts.fetch(A, FetchLimits(seconds=0.05))
        go.set()


def test_hosts_that_answered_are_forgotten() -> None:
    hosts = Hosts(World())
    for number in range(20):
        hosts.fetch(Request(f"http://{number}.example/"))
    assert hosts._hosts == {}


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://A.example/x", "http://a.example:80"),
        ("https://a.example./x", "https://a.example:443"),
        ("http://[2606:4700::1111]:8080/", "http://2606:4700::1111:8080"),
        ("ftp://a.example/", ""),
        ("http://a.example:99999/", ""),
        ("http://[::1/", ""),
        ("", ""),
    ],
)
def test_whom_a_request_goes_to(url: str, origin: str) -> None:
    assert origin_of(url) == origin
