from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests.accounts.support import Clock
from tests.keeping.lists import (
    AT,
    PLACE,
    SCHEME,
    Hosts,
    Keeper,
    a_list_of_lists,
    a_signed_list,
    in_use,
    keeper_of,
)
from tests.trust.lists.builder import Signing, operator, signed
from tests.trust.lists.schemes import LOTL, numbered, of_lists
from tests.trust.lists.test_lotl import OTHER, lists, own
from verifier.errors import CouldNotJudge
from verifier.keeping.alarms import WAITS
from verifier.keeping.refresh import LIMITS, Refresh
from verifier.outside.failures import Failure
from verifier.outside.fetch import FetchLimits, Request
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import TrustSource
from verifier.trust.store import snapshot_of

R = TypeVar("R")


def job(database: Database, keeper: Keeper, hosts: Hosts, clock: Clock | None = None, **options: Any) -> Refresh:
    return Refresh(database, keeper, hosts, clock or Clock(AT), **options)


def sources(database: Database) -> dict[str, TrustSource]:
    with database.unit(SYSTEM) as unit:
        return {one.scheme: one for one in unit.trust.sources()}


def test_a_first_list_is_taken_over(database: Database) -> None:
    keeper, data = keeper_of(), a_signed_list()
    assert job(database, keeper, Hosts({PLACE: data})).run(AT) == 1
    scheme = keeper.scheme("vn-neac")
    assert (scheme.sequence, scheme.sha256) == (7, hashlib.sha256(data).hexdigest())
    assert (scheme.origin.by, scheme.origin.came_at) == ("refresh", AT)
    assert len(keeper.used.services) == 1
    assert keeper.reasons == ["vn-neac 7"]
    assert keeper.archive.files[scheme.sha256] == data
    source = sources(database)["vn-neac"]
    assert (source.problem, source.failures, source.good_at, source.tried_at) == ("", 0, AT, AT)


def test_nothing_is_asked_until_it_is_due_again(database: Database) -> None:
    keeper, hosts, clock = keeper_of(), Hosts({PLACE: a_signed_list()}), Clock(AT)
    refresh = job(database, keeper, hosts, clock)
    refresh.run(AT)
    for _ in range(3):
        clock.pass_(hours=4)
        assert refresh.run(clock.now()) == 0
    clock.pass_(hours=12)
    assert refresh.run(clock.now()) == 1
    assert len(hosts.asked) == 2
    assert keeper.reasons == ["vn-neac 7"]  # the same list again changes nothing


def test_a_newer_list_replaces_the_one_in_use(database: Database) -> None:
    keeper, hosts, clock = keeper_of(), Hosts({PLACE: a_signed_list()}), Clock(AT)
    refresh = job(database, keeper, hosts, clock)
    refresh.run(AT)
    hosts.answers[PLACE] = a_signed_list(8)
    clock.pass_(days=1)
    refresh.run(clock.now())
    assert keeper.scheme("vn-neac").sequence == 8
    assert keeper.reasons == ["vn-neac 7", "vn-neac 8"]


def test_a_newer_list_of_a_scheme_kept_by_hand_waits_for_two_people(database: Database) -> None:
    keeper, data = keeper_of(in_use(refresh="by-hand")), a_signed_list(9)
    job(database, keeper, Hosts({PLACE: data})).run(AT)
    assert keeper.scheme("vn-neac").sequence == 7
    assert keeper.reasons == []
    source = sources(database)["vn-neac"]
    assert (source.problem, source.failures, source.good_at) == (WAITS, 0, AT)
    assert source.params["sequence"] == "9"
    assert keeper.archive.files[source.params["sha256"]] == data


HTML = b"<!doctype html><html><body>Trang web dang bao tri</body></html>"
LATER = AT + timedelta(days=30)


BAD: dict[str, tuple[bytes | Failure | None, str]] = {
    "html": (HTML, "html-instead-of-list"),
    "empty": (b"", "empty-file"),
    "picture": (b"\x89PNG\r\n", "encoding-not-utf8"),
    "truncated": (a_signed_list(8)[:-200], "xml-truncated"),
    "broken": (a_signed_list(8).replace(b"Trusted list", b"Trusted lisT"), "list-signature-broken"),
    "stranger": (a_signed_list(8, by=operator(name="Somebody")), "signer-not-pinned"),
    "expired": (a_signed_list(8, until=AT - timedelta(days=1)), "next-update-passed"),
    "version": (a_signed_list(8, spoil=("6</TSLVersionIdentifier>", "9</TSLVersionIdentifier>")), "version-unknown"),
    "rollback": (a_signed_list(6), "list-older"),
    "other list under a used number": (a_signed_list(7), "list-number-reused"),
    "territory": (a_signed_list(8, territory="LA"), "territory-other"),
    "kind": (a_list_of_lists("AT", number=8), "list-expected"),
    "slow": (Failure.TOO_SLOW, "too-slow"),
    "large": (Failure.TOO_LARGE, "too-large"),
    "silent": (Failure.SILENT, "host-silent"),
    "gone": (None, "http-status"),
}


@pytest.mark.parametrize(("answer", "code"), BAD.values(), ids=BAD)
def test_what_is_not_good_changes_nothing_and_is_told(
    database: Database, answer: bytes | Failure | None, code: str
) -> None:
    keeper = keeper_of(in_use())
    before = keeper.used
    hosts = Hosts({} if answer is None else {PLACE: answer})
    job(database, keeper, hosts).run(AT)
    assert keeper.used is before
    assert (keeper.reasons, keeper.archive.files) == ([], {})
    source = sources(database)["vn-neac"]
    assert source.problem == code
    assert (source.failures, source.good_at, source.tried_at) == (1, None, AT)
    assert AT < source.next_try_at <= AT + timedelta(minutes=10)


def test_attempts_that_fail_become_rare_and_end_with_the_first_good_one(database: Database) -> None:
    keeper, hosts, clock = keeper_of(in_use(next_update=LATER)), Hosts({PLACE: HTML}), Clock(AT)
    refresh = job(database, keeper, hosts, clock)
    for _ in range(24 * 12):
        refresh.run(clock.now())
        clock.pass_(minutes=5)
    assert 5 <= len(hosts.asked) <= 12
    assert sources(database)["vn-neac"].failures == len(hosts.asked)
    hosts.answers[PLACE] = a_signed_list(8)
    clock.pass_(hours=6)
    refresh.run(clock.now())
    source = sources(database)["vn-neac"]
    assert (source.problem, source.failures, source.good_at) == ("", 0, clock.now())
    assert keeper.scheme("vn-neac").sequence == 8


def test_a_dead_host_does_not_keep_other_lists_waiting(database: Database) -> None:
    other = replace(SCHEME, id="eu-de", location="https://dead.example/de.xml")
    lived = threading.Event()

    class OneDead(Hosts):
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            if "dead" in request.url:
                assert lived.wait(20)
            else:
                lived.set()
            return super().fetch(request, limits)

    keeper = keeper_of(other, SCHEME)
    job(database, keeper, OneDead({PLACE: a_signed_list(), other.location: Failure.SILENT})).run(AT)
    assert (keeper.scheme("vn-neac").sequence, keeper.scheme("eu-de").sequence) == (7, None)
    assert sources(database)["eu-de"].problem == "host-silent"


def test_what_the_time_does_not_allow_for_stays_due(database: Database) -> None:
    keeper, hosts = keeper_of(), Hosts({PLACE: a_signed_list()})
    job(database, keeper, hosts, seconds=0).run(AT)
    assert (hosts.asked, sources(database)) == ([], {})
    assert job(database, keeper, hosts).run(AT) == 1


def test_a_list_is_bounded(database: Database) -> None:
    hosts = Hosts({PLACE: a_signed_list()})
    job(database, keeper_of(), hosts).run(AT)
    assert hosts.limits[0].bytes == LIMITS.bytes == 20 * 1024 * 1024
    assert hosts.limits[0].seconds <= LIMITS.seconds


def test_lists_below_a_list_of_lists_are_followed_at_once(database: Database) -> None:
    above = replace(SCHEME, id="eu", location="https://tsl.example/lotl.xml", territory="EU", kind="list_of_lists")
    hosts = Hosts(
        {
            above.location: a_list_of_lists("AT", "DE"),
            "https://tsl.example/AT.xml": a_signed_list(3, territory="AT"),
        }
    )
    keeper = keeper_of(above)
    assert job(database, keeper, hosts).run(AT) == 3
    told = {scheme: source.problem for scheme, source in sources(database).items()}
    assert told == {"eu": "", "eu-at": "", "eu-de": "http-status"}
    assert keeper.scheme("eu-at").sequence == 3
    assert keeper.reasons == ["eu 1", "eu-at 3"]


def test_the_same_list_is_taken_over_again_where_trust_in_it_had_ended(database: Database) -> None:
    keeper, data = keeper_of(in_use(sha256="")), a_signed_list(7)
    job(database, keeper, Hosts({PLACE: data})).run(AT)
    assert keeper.scheme("vn-neac").sha256 == hashlib.sha256(data).hexdigest()


PIVOT = "https://tsl.example/pivot-8.xml"


def with_pivots() -> tuple[bytes, bytes]:
    """A list of lists that names a pivot and is signed by whom that pivot announces, and the pivot."""
    page = f'<SchemeInformationURI><URI xml:lang="en">{PIVOT}</URI></SchemeInformationURI>'
    xml = numbered(of_lists(own(OTHER.der)), 9)
    xml = xml.replace("<SchemeTerritory>VN</SchemeTerritory><P", f"{page}<SchemeTerritory>VN</SchemeTerritory><P")
    return signed(xml, Signing(by=OTHER)), lists(8, OTHER.der)


@pytest.mark.parametrize("how", ["automatic", "by-hand"])
def test_a_list_of_lists_with_another_signer_is_followed_through_its_pivots(database: Database, how: str) -> None:
    data, pivot = with_pivots()
    keeper = keeper_of(replace(LOTL, refresh=how))
    hosts = Hosts({LOTL.location: data, PIVOT: pivot})
    job(database, keeper, hosts).run(AT)
    assert hosts.asked == [LOTL.location, PIVOT]
    source = sources(database)["lotl"]
    if how == "automatic":
        assert (source.problem, keeper.scheme("lotl").sequence, keeper.scheme("lotl").pins) == ("", 9, (OTHER.der,))
    else:
        assert (source.problem, keeper.scheme("lotl").sequence) == (WAITS, None)
        assert [keeper.archive.files[one] for one in source.params["pivots"]] == [pivot]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "http-status"),
        ({PIVOT: HTML}, "pivot-broken"),
        ({PIVOT: lists(8, OTHER.der, by=OTHER.der)}, "pivot-broken"),
        ({PIVOT: lists(8)}, "signer-not-pinned"),
    ],
    ids=("gone", "html", "signed by itself", "announces nobody new"),
)
def test_pivots_that_lead_nowhere_change_nothing(
    database: Database, answers: dict[str, bytes | Failure], code: str
) -> None:
    keeper = keeper_of(replace(LOTL, refresh="automatic"))
    before = keeper.used
    job(database, keeper, Hosts({LOTL.location: with_pivots()[0], **answers})).run(AT)
    assert (sources(database)["lotl"].problem, keeper.used) == (code, before)


def test_a_change_that_came_first_is_not_lost(database: Database) -> None:
    keeper = keeper_of()
    more = replace(SCHEME, id="added-by-two", location="")
    keeper.others.append(snapshot_of((), schemes=(SCHEME, more)))
    job(database, keeper, Hosts({PLACE: a_signed_list()})).run(AT)
    assert {one.id: one.sequence for one in keeper.used.schemes} == {"vn-neac": 7, "added-by-two": None}


def test_where_changes_come_without_end_it_is_tried_later(database: Database) -> None:
    keeper = keeper_of()
    others = [replace(SCHEME, id=f"added-{n}", location="") for n in range(5)]
    keeper.others += [snapshot_of((), schemes=(SCHEME, *others[: n + 1])) for n in range(5)]
    job(database, keeper, Hosts({PLACE: a_signed_list()})).run(AT)
    assert keeper.scheme("vn-neac").sequence is None
    assert sources(database)["vn-neac"].problem == "changed-meanwhile"


def test_lists_that_are_followed_no_more_are_forgotten(database: Database) -> None:
    keeper = keeper_of()
    refresh = job(database, keeper, Hosts({PLACE: a_signed_list()}))
    refresh.run(AT)
    keeper.used = snapshot_of((), schemes=(replace(SCHEME, location=""),))
    assert refresh.run(AT) == 0
    assert sources(database) == {}


def test_what_comes_is_read_in_a_worker_and_one_that_dies_is_a_failure_like_any_other(database: Database) -> None:
    class Dying:
        def run(self, function: Callable[..., R], *args: Any) -> R:
            raise CouldNotJudge("budget-exhausted", "it took longer than 20 s", limit="time")

    keeper = keeper_of()
    job(database, keeper, Hosts({PLACE: a_signed_list()}), pool=Dying()).run(AT)
    assert keeper.scheme("vn-neac").sequence is None
    assert sources(database)["vn-neac"].problem == "budget-exhausted"


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=-2), timedelta(days=2)])
def test_a_clock_that_jumps_makes_one_more_attempt_and_no_storm(database: Database, jump: timedelta) -> None:
    keeper, hosts, clock = keeper_of(), Hosts({PLACE: a_signed_list()}), Clock(AT)
    refresh = job(database, keeper, hosts, clock)
    refresh.run(AT)
    for instant in (AT + jump, AT + jump + timedelta(minutes=5), AT, AT + timedelta(minutes=5)):
        clock.instant = instant
        refresh.run(instant)
    assert len(hosts.asked) <= 3
    assert keeper.scheme("vn-neac").sequence == 7


def test_with_a_clock_set_back_a_list_of_tomorrow_is_not_taken_over(database: Database) -> None:
    before = datetime(2026, 9, 1, tzinfo=AT.tzinfo)  # the list is of October
    keeper = keeper_of()
    job(database, keeper, Hosts({PLACE: a_signed_list()}), Clock(before)).run(before)
    assert keeper.scheme("vn-neac").sequence is None
    assert sources(database)["vn-neac"].problem == "issued-in-future"
