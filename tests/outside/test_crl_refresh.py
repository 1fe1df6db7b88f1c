from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.outside.net import WORLD, Net
from tests.pki import FRESH
from tests.pki.status import make_crl
from verifier.errors import CouldNotJudge
from verifier.outside.crl_refresh import CrlRefresh, due_at
from verifier.outside.crl_store import Address, CrlStore
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request
from verifier.trust.crl_disk import TakenCrl

WEEK = timedelta(days=7)
URL = "http://a.example/1.crl"
OTHERS = tuple(f"http://{host}.example/{number}.crl" for host in "abc" for number in range(3))


def crl(at: datetime) -> bytes:
    return make_crl(WORLD.ca, at, at + WEEK)


@dataclass
class Watch:
    instant: datetime = FRESH

    def now(self) -> datetime:
        return self.instant


@dataclass
class Desk:
    folder: Path
    clock: Watch = field(default_factory=Watch)
    net: Net = field(default_factory=lambda: Net({}))

    @property
    def store(self) -> CrlStore:
        return CrlStore(self.folder, self.clock)

    @property
    def refresh(self) -> CrlRefresh:
        return CrlRefresh(self.store, self.net)

    def at(self, instant: datetime) -> int:
        self.clock.instant = instant
        return self.refresh.refresh_due(instant)

    def know(self, *urls: str) -> None:
        for url in urls:
            self.store.put(crl(FRESH), url)
            self.net.answers[url] = crl(FRESH + timedelta(days=1))

    def address(self, url: str = URL) -> Address:
        found = self.store.address(url)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "revocation")


END = FRESH + WEEK
LATE = END - timedelta(hours=6)


def test_a_list_is_fetched_again_before_it_runs_out(desk: Desk) -> None:
    desk.know(URL)
    desk.store.change(URL, lambda one: replace(one, taken_at=LATE))
    assert desk.at(FRESH + WEEK * 0.7) == 0
    assert desk.net.asked == []
    assert desk.at(LATE) == 1
    assert desk.net.urls == [URL]
    assert desk.address().this_update == FRESH + timedelta(days=1)
    assert desk.at(LATE) == 0
    assert len(desk.net.asked) == 1


def test_a_list_that_is_valid_for_long_is_fetched_every_day(desk: Desk) -> None:
    desk.know(URL)
    assert desk.at(FRESH + timedelta(hours=17)) == 0
    assert desk.net.asked == []
    assert desk.at(FRESH + timedelta(hours=24)) == 1
    for day in range(1, 4):
        desk.at(FRESH + timedelta(days=day, hours=13))
        desk.at(FRESH + timedelta(days=1 + day))
        assert len(desk.net.asked) == 1 + day


def test_each_list_is_due_at_a_moment_of_its_own() -> None:
    known = [Address(url, FRESH, "00", FRESH, END) for url in OTHERS]
    moments = {due_at(one) for one in known}
    assert len(moments) == len(OTHERS)
    assert all(FRESH + WEEK * 0.75 <= moment <= FRESH + WEEK * 0.95 for moment in moments)
    assert max(moments) - min(moments) > WEEK * 0.05
    assert [due_at(one) for one in known] == [due_at(replace(one, used_at=END)) for one in known]
    daily = [due_at(replace(one, taken_at=FRESH)) - FRESH for one in known]
    assert len(set(daily)) == len(OTHERS)
    assert all(timedelta(hours=18) <= one <= timedelta(hours=23) for one in daily)


def test_what_no_document_asked_for_lately_is_left_alone(desk: Desk) -> None:
    desk.know(URL)
    desk.clock.instant = END + timedelta(hours=1)
    assert desk.at(desk.clock.instant) == 0
    assert desk.net.asked == []
    desk.store.known([URL])
    assert desk.at(desk.clock.instant) == 1


def test_a_list_that_ran_out_is_fetched(desk: Desk) -> None:
    desk.know(URL)
    desk.store.change(URL, lambda one: replace(one, used_at=END))
    desk.net.answers[URL] = crl(END)
    assert desk.at(END + timedelta(days=2)) == 1


def test_the_same_list_again_is_waited_for(desk: Desk) -> None:
    desk.know(URL)
    desk.net.answers[URL] = crl(FRESH)
    assert desk.at(LATE) == 0
    wait = desk.address().wait_until
    assert wait == LATE + timedelta(hours=1.5)
    assert desk.at(LATE + timedelta(hours=1)) == 0
    assert len(desk.net.asked) == 1
    desk.at(LATE + timedelta(hours=2))
    assert len(desk.net.asked) == 2
    desk.at(END - timedelta(minutes=5))
    assert desk.address().wait_until == END + timedelta(minutes=25)


def test_a_pause_that_a_wrong_clock_made_holds_nothing_up(desk: Desk) -> None:
    desk.know(URL)
    desk.store.change(URL, lambda one: replace(one, wait_until=LATE + timedelta(hours=23)))
    assert desk.at(LATE) == 0
    desk.store.change(URL, lambda one: replace(one, wait_until=LATE + timedelta(days=300)))
    assert desk.at(LATE) == 1


def test_failures_back_off_and_are_counted(desk: Desk) -> None:
    desk.know(URL)
    desk.net.answers[URL] = 503
    now, pauses = LATE, []
    for _ in range(9):
        assert desk.at(now) == 0
        wait = desk.address().wait_until
        assert wait is not None
        pauses.append(wait - now)
        assert desk.at(wait - timedelta(seconds=1)) == 0
        now = wait
        desk.store.change(URL, partial(replace, used_at=now))
    assert pauses[:4] == [timedelta(minutes=10 * 2**n) for n in range(4)]
    assert pauses[-1] == timedelta(hours=6)
    assert len(desk.net.asked) == 9
    assert (desk.address().failures, desk.address().failure) == (9, "http-status")
    counts = desk.store.counts()
    assert (counts.failing, counts.overdue) == (1, 1)
    desk.net.answers[URL] = crl(now)
    assert desk.at(now) == 1
    assert (desk.address().failures, desk.address().failure, desk.address().wait_until) == (0, "", None)


@pytest.mark.parametrize(("answer", "code"), [(b"<html>", "not-crl"), (Failure.TOO_LARGE, "too-large")])
def test_what_is_no_list_is_a_failure_and_the_old_one_stays(desk: Desk, answer: bytes | Failure, code: str) -> None:
    desk.know(URL)
    before = desk.address().sha256
    desk.net.answers[URL] = answer
    assert desk.at(LATE) == 0
    assert (desk.address().failure, desk.address().sha256) == (code, before)
    assert desk.store.known([URL])


def test_a_list_that_takes_too_much_to_index_is_a_failure(desk: Desk) -> None:
    def take(path: Path, folder: Path) -> TakenCrl:
        raise CouldNotJudge("budget-exhausted", limit="time")

    desk.know(URL)
    CrlRefresh(CrlStore(desk.folder, desk.clock, take=take), desk.net).refresh_due(LATE)
    assert desk.address().failure == "too-large"


def test_a_slow_host_does_not_stall_the_rest(desk: Desk) -> None:
    gate = threading.Event()
    done: list[str] = []

    class Slow(Net):
        def save(self, request: Request, file: BinaryIO, limits: FetchLimits | None = None) -> int:
            if "//a." in request.url:
                assert gate.wait(10)
                self.asked.append(request)
                raise FetchFailed(Failure.TOO_SLOW)
            size = super().save(request, file, limits)
            done.append(request.url)
            if len(done) == 6:
                gate.set()
            return size

    desk.know(*OTHERS)
    desk.net = Slow(desk.net.answers)
    assert desk.at(LATE) == 6
    assert sum("//a." in url for url in desk.net.urls) == 1  # the others of this host wait for the next round
    assert sum(bool(one.failure) for one in desk.store.addresses()) == 1


def test_a_round_comes_to_an_end(desk: Desk) -> None:
    desk.know(*OTHERS)
    ticks = iter(range(100))
    refresh = CrlRefresh(desk.store, desk.net, seconds=3, monotonic=lambda: float(next(ticks)))
    desk.clock.instant = LATE
    assert refresh.refresh_due(LATE) == 2
    assert desk.at(LATE) == 7


def test_each_fetch_has_limits_of_its_own(desk: Desk) -> None:
    desk.know(URL)
    desk.at(LATE)
    assert desk.net.limits == [FetchLimits(bytes=100 * 1024 * 1024, seconds=60)]


def test_an_empty_store_has_nothing_to_refresh(desk: Desk) -> None:
    assert desk.refresh.refresh_due(FRESH) == 0
