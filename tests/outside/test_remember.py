from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.outside.net import Net
from verifier.outside.fetch import Failure, FetchFailed, FetchLimits, Request
from verifier.outside.remember import KEEP_FAILURE_SECONDS, KEEP_SECONDS, Remembering

A, B = Request("http://a/"), Request("http://b/")


@dataclass
class Watch:
    time: float = 0.0

    def __call__(self) -> float:
        return self.time


def test_an_answer_is_given_again_for_a_while() -> None:
    net, watch = Net({A.url: b"one"}), Watch()
    fetcher = Remembering(net, monotonic=watch)
    assert fetcher.fetch(A) == b"one"
    net.answers[A.url] = b"two"
    watch.time = KEEP_SECONDS - 1
    assert fetcher.fetch(A) == b"one"
    watch.time = KEEP_SECONDS + 1
    assert fetcher.fetch(A) == b"two"
    assert len(net.asked) == 2


def test_a_failure_is_told_again_for_a_shorter_while() -> None:
    net, watch = Net({A.url: Failure.TOO_SLOW}), Watch()
    fetcher = Remembering(net, monotonic=watch)
    for _ in range(2):
        with pytest.raises(FetchFailed, match="too slow"):
            fetcher.fetch(A)
    assert len(net.asked) == 1
    net.answers[A.url] = b"one"
    watch.time = KEEP_FAILURE_SECONDS + 1
    assert fetcher.fetch(A) == b"one"


def test_a_failure_in_a_hurry_is_not_held_against_the_host() -> None:
    net = Net({A.url: Failure.TOO_SLOW})
    fetcher = Remembering(net)
    for _ in range(2):
        with pytest.raises(FetchFailed, match="too slow"):
            fetcher.fetch(A, FetchLimits(seconds=0.1))
    assert len(net.asked) == 2


def test_different_questions_have_different_answers() -> None:
    net = Net({A.url: b"one"})
    fetcher = Remembering(net)
    fetcher.fetch(A)
    fetcher.fetch(Request(A.url, "POST", b"?"))
    assert len(net.asked) == 2


def test_the_oldest_answers_make_room() -> None:
    net = Net({A.url: b"a" * 3000, B.url: b"b" * 3000})
    fetcher = Remembering(net, capacity=6000)
    for request in (A, B, B, A):
        fetcher.fetch(request)
    assert net.asked == [A, B, A]


def test_those_who_ask_at_the_same_time_share_one_answer() -> None:
    begun, gate = threading.Event(), threading.Event()

    class Slow(Net):
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            begun.set()
            gate.wait(10)
            return super().fetch(request, limits)

    net = Slow({A.url: b"one"})
    fetcher = Remembering(net)
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(fetcher.fetch, A) for _ in range(4)]
        begun.wait(10)
        with pytest.raises(FetchFailed, match="too slow"):
            fetcher.fetch(A, FetchLimits(seconds=0.01))
        gate.set()
        assert [one.result() for one in answers] == [b"one"] * 4
    assert len(net.asked) == 1


def test_whoever_had_little_time_does_not_speak_for_those_who_wait() -> None:
    began, go = threading.Event(), threading.Event()

    class Once:
        def __init__(self) -> None:
            self.asked = 0

        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            self.asked += 1
            if self.asked > 1:
                return b"answer"
            began.set()
            assert go.wait(20)
            raise FetchFailed(Failure.TOO_SLOW)

    fetcher = Remembering(Once())
    with ThreadPoolExecutor(2) as threads:
        hurried = threads.submit(fetcher.fetch, A, FetchLimits(seconds=0.1))
        assert began.wait(20)
        patient = threads.submit(fetcher.fetch, A, FetchLimits(seconds=20))
        go.set()
        assert patient.result(20) == b"answer"
        with pytest.raises(FetchFailed, match="too slow"):
            hurried.result(20)


def test_what_is_too_large_for_a_certificate_is_asked_again_as_a_crl() -> None:
    net = Net({A.url: Failure.TOO_LARGE})
    fetcher = Remembering(net)
    with pytest.raises(FetchFailed, match="too large"):
        fetcher.fetch(A, FetchLimits(bytes=10))
    net.answers[A.url] = b"a crl"
    assert fetcher.fetch(A, FetchLimits(bytes=100)) == b"a crl"


def test_a_host_that_rests_is_not_remembered_as_an_answer() -> None:
    net = Net({A.url: Failure.RESTING})
    fetcher = Remembering(net)
    with pytest.raises(FetchFailed):
        fetcher.fetch(A)
    net.answers[A.url] = b"awake"
    assert fetcher.fetch(A) == b"awake"
