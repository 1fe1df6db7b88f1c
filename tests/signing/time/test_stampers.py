from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.outside.servers import Answer, Server, announced, body, serving, status
from tests.pki import AT, Revoked, day, issue, make_crl, world
from tests.pki.keys import ec_key
from tests.pki.world import TSA
from tests.signing.time.authority import Authority, Given, granted, refused, stampers
from verifier.errors import CouldNotIssue
from verifier.signing.records import Stamped

DATA = b"signature value"
FIRST, SECOND = "/first", "/second"
WORLD = world()
EARLIER = AT - timedelta(hours=11)
STRANGER = issue(TSA.but(name="Stranger", key=ec_key("stranger")), issue(TSA.but(name="Nobody", key=ec_key("nobody"))))


@contextmanager
def two(first: Answer, second: Answer) -> Iterator[Server]:
    with serving({FIRST: first, SECOND: second}) as server:
        yield server


def stamped(server: Server, algorithm: str = "sha256", **options: Any) -> Stamped:
    addresses = [server.url(path) for path in server.answers]
    return stampers(addresses, [server.host], **options).token(DATA, algorithm)


def refusal(server: Server, **options: Any) -> CouldNotIssue:
    with pytest.raises(CouldNotIssue) as refused_:
        stamped(server, **options)
    return refused_.value


def code(first: Answer, **options: Any) -> str:
    """Code of why the first address gave none; the second is asked in its place."""
    with two(first, Authority()) as server:
        given = stamped(server, **options)
        assert given.tsa == server.url(SECOND)
        ((url, why),) = given.failures
        assert url == server.url(FIRST)
        return why


def test_the_first_that_is_sound_is_taken() -> None:
    first, second = Authority(), Authority()
    with two(first, second) as server:
        given = stamped(server)
        assert (given.at, given.tsa, given.failures) == (AT, server.url(FIRST), ())
    (asked,) = first.asked
    assert asked["cert_req"].native
    assert asked["message_imprint"]["hashed_message"].native == hashlib.sha256(DATA).digest()
    assert second.asked == []


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_the_digest_is_as_asked_for(algorithm: str) -> None:
    first = Authority()
    with serving({FIRST: first}) as server:
        stamped(server, algorithm)
    assert first.asked[0]["message_imprint"]["hash_algorithm"]["algorithm"].native == algorithm


def test_each_question_has_a_nonce_of_its_own() -> None:
    first = Authority()
    with serving({FIRST: first}) as server:
        asking = stampers([server.url(FIRST)], [server.host])
        asking.token(DATA)
        asking.token(DATA)
    one, other = (asked["nonce"].native for asked in first.asked)
    assert one != other


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (status(503), "http-status"),
        (status(307, "http://127.0.0.1:1/"), "too-many-redirects"),
        (body(b""), "not-a-response"),
        (body(b"<html>busy</html>"), "not-a-response"),
        (body(granted(Authority().used.stamp(AT)(b""))[:-7]), "not-a-response"),
        (refused("rejection", "không đúng hạn mức", "bad_alg"), "refused"),
        (refused("waiting"), "refused"),
        (refused("granted"), "not-a-response"),
        (Authority(other_nonce=True), "other-nonce"),
        (Authority(options={"nonce": None}), "other-nonce"),
        (Authority(options={"imprint": bytes(32)}), "other-imprint"),
        (Authority(options={"imprint_digest": "sha512", "imprint": hashlib.sha512(DATA).digest()}), "other-imprint"),
        (Authority(options={"key": ec_key("other")}), "signature-wrong"),
        (Authority(tsa=STRANGER), "not-trusted"),
        (Authority(tsa=WORLD.leaf, chain=(WORLD.ca,)), "not-for-time-stamps"),
        (Authority(tsa=issue(TSA.but(name="Soft", extended_critical=False), WORLD.tsa_ca)), "not-for-time-stamps"),
        (Authority(tsa=issue(TSA.but(name="Over", not_after=day(2026)), WORLD.tsa_ca)), "expired"),
        (Authority(chain=()), "not-trusted"),
        (Authority(at=AT - timedelta(hours=1)), "clock-off"),
        (Authority(at=AT + timedelta(hours=1)), "clock-off"),
        (Authority(at=AT + timedelta(minutes=5, seconds=1)), "clock-off"),
        (Authority(at=AT - timedelta(hours=1), options={"accuracy_seconds": 7200}), "clock-off"),
        (Authority(at=AT - timedelta(hours=1), options={"accuracy_seconds": 10**13}), "clock-off"),
    ],
    ids=[
        "down",
        "redirected",
        "empty",
        "page",
        "cut",
        "rejected",
        "waiting",
        "granted nothing",
        "other nonce",
        "no nonce",
        "other imprint",
        "other algorithm",
        "bad signature",
        "stranger",
        "no tsa",
        "usage not critical",
        "expired",
        "chain not sent",
        "an hour behind",
        "an hour ahead",
        "beyond the bound",
        "an hour behind, accurate to two",
        "an hour behind, accurate to eternity",
    ],
)
def test_whatever_fails_moves_on(first: Answer, why: str) -> None:
    assert code(first) == why


@pytest.mark.parametrize("off", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_small_difference_of_clocks_is_borne(off: timedelta) -> None:
    with serving({FIRST: Authority(at=AT + off)}) as server:
        assert stamped(server).at == AT + off


def test_one_that_hangs_is_left_in_time() -> None:
    assert code(announced(100), seconds=0.3) == "too-slow"


def test_one_that_nobody_listens_for() -> None:
    with serving({FIRST: Authority()}) as server:
        with serving({FIRST: status(404)}) as gone:
            dead = gone.url(FIRST)
        hosts = [server.host, dead.split("/")[2]]
        given = stampers([dead, server.url(FIRST)], hosts).token(DATA)
    assert given.failures == ((dead, "host-not-reached"),)


def test_a_host_that_is_not_allowed_is_not_asked() -> None:
    first = Authority()
    with serving({FIRST: first}) as server, pytest.raises(CouldNotIssue) as refused_:
        stampers([server.url(FIRST)], []).token(DATA)
    assert "port-not-allowed" in refused_.value.problem.params["tried"]
    assert first.asked == []


def test_a_revoked_one_is_refused() -> None:
    crls = WORLD.tsa_crls(EARLIER, None, Revoked(WORLD.tsa, day(2026), "key_compromise"))
    second = Authority(tsa=WORLD.tsa2)
    with two(Authority(), second) as server:
        given = stamped(server, gatherer=Given(crls))
    assert given.failures == ((server.url(FIRST), "revoked"),)


def test_one_whose_status_nobody_tells_is_refused() -> None:
    other = issue(TSA.but(name="Root's own", key=ec_key("own")), WORLD.tsa_root)
    only_ca = (make_crl(WORLD.tsa_root, EARLIER, day(2027)),)
    with two(Authority(), Authority(tsa=other, chain=())) as server:
        given = stamped(server, gatherer=Given(only_ca))
    assert given.failures == ((server.url(FIRST), "status-unknown"),)


def test_where_all_fail_each_is_named_with_its_code() -> None:
    with two(status(500), refused("rejection", "\u202eno\nquota")) as server:
        problem = refusal(server).problem
        assert problem.code == "no-time-stamp"
        tried = problem.params["tried"]
        assert f"{server.url(FIRST)}: http-status (HTTP status 500)" in tried
        assert "refused (rejection: ⟨U+202E⟩no⟨U+000A⟩quota)" in tried


def test_what_an_authority_says_is_told_up_to_a_bound() -> None:
    with two(refused("rejection", "x" * 5000), status(500)) as server:
        assert len(refusal(server).problem.params["tried"]) < 500


def test_an_hour_off_names_both_clocks() -> None:
    with two(status(500), Authority(at=AT + timedelta(hours=1))) as server:
        problem = refusal(server).problem
        assert problem.code == "clock-off"
        assert problem.params["ours"] == "2026-11-22 12:00:00 UTC"
        assert problem.params["theirs"] == "2026-11-22 13:00:00 UTC"
        assert problem.params["tsa"] == server.url(SECOND)


def test_without_any_address_there_is_no_time() -> None:
    with pytest.raises(CouldNotIssue) as refused_:
        stampers([], []).token(DATA)
    assert refused_.value.problem.code == "no-time-stamp"


def test_one_that_failed_rests_and_is_asked_again_later() -> None:
    now = [0.0]
    first = Authority()
    with two(status(503), Authority()) as server:
        asking = stampers([server.url(FIRST), server.url(SECOND)], [server.host], monotonic=lambda: now[0])
        assert asking.token(DATA).failures == ((server.url(FIRST), "http-status"),)
        asked = len(server.asked)
        assert asking.token(DATA).failures == ((server.url(FIRST), "resting"),)
        assert len(server.asked) == asked + 1
        server.answers[FIRST] = first
        now[0] = 31.0
        assert asking.token(DATA).failures == ()


def test_a_refusal_of_one_question_is_no_reason_to_rest() -> None:
    with two(refused("rejection", reason="bad_alg"), Authority()) as server:
        asking = stampers([server.url(FIRST), server.url(SECOND)], [server.host])
        assert [asking.token(DATA).failures[0][1] for _ in range(2)] == ["refused", "refused"]


def test_many_ask_at_once_and_one_that_hangs_holds_them_up_once() -> None:
    stop = threading.Event()

    def hang(_: object) -> None:
        stop.wait(20)

    with two(hang, Authority()) as server:
        asking = stampers([server.url(FIRST), server.url(SECOND)], [server.host], seconds=4.0)
        with ThreadPoolExecutor(8) as threads:
            given = list(threads.map(lambda number: asking.token(b"%d" % number), range(40)))
        stop.set()
        waited = sum(path == FIRST for path, _, _ in server.asked)
    assert {one.tsa for one in given} == {server.url(SECOND)}
    assert len({one.token for one in given}) == 40
    assert waited <= 8
