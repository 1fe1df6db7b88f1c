from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from structlog.testing import capture_logs

from tests.outside.identities import (
    ACCESS,
    DOWN,
    Deceit,
    at,
    deceit,
    headers_of,
    not_proved,
    party,
    problem,
    rsa_key,
    said,
    signed,
)
from tests.outside.servers import status
from tests.support.openid_provider import AN, BACK, BINH, OTHERS, US, Browser, OpenIdProvider, came_back, running
from verifier.errors import BadRequest
from verifier.outside.fetch import Answer
from verifier.outside.identity import Pending

BROWSER = Browser()


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    with running() as one:
        yield one


@pytest.fixture
def own_provider() -> Iterator[OpenIdProvider]:
    with running() as one:
        yield one


@pytest.fixture
def false() -> Iterator[Deceit]:
    with deceit() as one:
        yield one


def test_a_person_signs_in(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    identity = us.identity.finish(begun.pending, BROWSER.sign_in(begun.address))
    assert (identity.issuer, identity.subject) == (provider.issuer, AN.sub)
    assert (identity.name, identity.email, identity.methods) == (AN.name, AN.email, ())
    assert abs(identity.signed_in_at - us.clock.now()) < timedelta(minutes=1)


def test_an_address_that_the_provider_has_not_verified_is_not_taken(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    identity = us.identity.finish(begun.pending, BROWSER.sign_in(begun.address, BINH.sub))
    assert (identity.name, identity.email) == (BINH.name, "")


def test_nothing_is_asked_before_somebody_signs_in() -> None:
    us = party("http://127.0.0.1:9")
    assert us.wire.asked == []
    assert problem(us.identity.begin) == DOWN


def test_the_request_has_pkce_state_and_nonce(provider: OpenIdProvider) -> None:
    begun = at(provider).identity.begin()
    asked = dict(parse_qsl(urlsplit(begun.address).query))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.pending.verifier.encode()).digest()).rstrip(b"=")
    assert asked == {
        "response_type": "code",
        "client_id": US.client_id,
        "redirect_uri": BACK,
        "scope": "openid profile email",
        "state": begun.pending.state,
        "nonce": begun.pending.nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    secrets = {begun.pending.state, begun.pending.nonce, begun.pending.verifier}
    assert len(secrets) == 3
    assert min(map(len, secrets)) >= 43


def test_every_sign_in_has_secrets_of_its_own(provider: OpenIdProvider) -> None:
    us = at(provider)
    one, other = us.identity.begin().pending, us.identity.begin().pending
    assert {one.state, one.nonce, one.verifier}.isdisjoint({other.state, other.nonce, other.verifier})


def test_a_fresh_sign_in_is_asked_for_and_had(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin(fresh=True)
    asked = parse_qs(urlsplit(begun.address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert us.identity.finish(begun.pending, BROWSER.sign_in(begun.address)).subject == AN.sub


def test_the_secret_goes_to_the_token_endpoint_only(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    us.identity.finish(begun.pending, BROWSER.sign_in(begun.address))
    basic = "Basic " + base64.b64encode(f"{US.client_id}:{US.client_secret}".encode()).decode()
    with_secret = [one for one in us.wire.asked if headers_of(one).get("Authorization") == basic]
    assert [urlsplit(one.url).path for one in with_secret] == ["/token"]
    assert dict(parse_qsl(with_secret[0].body.decode()))["code_verifier"] == begun.pending.verifier
    assert us.wire.paths == ["/.well-known/openid-configuration", "/token", "/jwks.json"]


def test_description_and_keys_are_kept_for_an_hour(provider: OpenIdProvider) -> None:
    us = at(provider)
    for _ in range(2):
        begun = us.identity.begin()
        us.identity.finish(begun.pending, BROWSER.sign_in(begun.address))
    assert us.wire.paths.count("/jwks.json") == us.wire.paths.count("/.well-known/openid-configuration") == 1
    us.clock.later(hours=1, seconds=1)
    us.identity.begin()
    assert us.wire.paths.count("/.well-known/openid-configuration") == 2


def test_the_person_says_no(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = BROWSER.sign_in(begun.address, sub="")
    assert query["error"] == "access_denied"
    assert problem(lambda: us.identity.finish(begun.pending, query)) == ("identity-refused", "")
    assert "/token" not in us.wire.paths


def test_a_provider_that_wants_a_person_it_may_not_ask(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = came_back(BROWSER.visit(f"{begun.address}&prompt=none"))
    assert query["error"] == "login_required"
    assert problem(lambda: us.identity.finish(begun.pending, query)) == ("identity-refused", "")


@pytest.mark.parametrize("spoilt", ["", "x", None])
def test_another_state(provider: OpenIdProvider, spoilt: str | None) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = dict(BROWSER.sign_in(begun.address))
    query = {name: one for name, one in {**query, "state": spoilt}.items() if one is not None}
    assert problem(lambda: us.identity.finish(begun.pending, query)) == not_proved("state")
    assert "/token" not in us.wire.paths


def test_an_answer_to_the_sign_in_of_somebody_else(provider: OpenIdProvider) -> None:
    us = at(provider)
    mine, theirs = us.identity.begin(), us.identity.begin()
    query = BROWSER.sign_in(theirs.address)
    assert problem(lambda: us.identity.finish(mine.pending, query)) == not_proved("state")


def test_another_nonce(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    spoilt = replace(begun.pending, nonce=us.identity.begin().pending.nonce)
    query = BROWSER.sign_in(begun.address)
    assert problem(lambda: us.identity.finish(spoilt, query)) == not_proved("nonce")


def test_the_provider_checks_the_verifier(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    spoilt = replace(begun.pending, verifier="v" * 43)
    query = BROWSER.sign_in(begun.address)
    assert problem(lambda: us.identity.finish(spoilt, query)) == not_proved("code")
    assert us.identity.finish(begun.pending, query).subject == AN.sub


def test_a_code_counts_once(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = BROWSER.sign_in(begun.address)
    us.identity.finish(begun.pending, query)
    assert problem(lambda: us.identity.finish(begun.pending, query)) == not_proved("code")


def test_a_code_that_another_service_got(provider: OpenIdProvider) -> None:
    us, others = at(provider), at(provider, OTHERS)
    mine, theirs = us.identity.begin(), others.identity.begin()
    query = {**BROWSER.sign_in(theirs.address), "state": mine.pending.state}
    assert problem(lambda: us.identity.finish(mine.pending, query)) == not_proved("code")


def test_a_token_for_another_service(provider: OpenIdProvider) -> None:
    us, others = at(provider), at(provider, OTHERS)
    theirs = others.identity.begin()
    others.identity.finish(theirs.pending, BROWSER.sign_in(theirs.address))
    mine = us.identity.begin()
    us.wire.instead["/token"] = others.wire.answered[others.wire.paths.index("/token")]
    pending = replace(mine.pending, nonce=theirs.pending.nonce)
    query = BROWSER.sign_in(mine.address)
    assert problem(lambda: us.identity.finish(pending, query)) == not_proved("aud")


@pytest.mark.parametrize("spoilt", ["https://elsewhere.example", "", None])
def test_an_answer_that_names_another_provider_or_none(provider: OpenIdProvider, spoilt: str | None) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = dict(BROWSER.sign_in(begun.address))
    assert query["iss"] == provider.issuer
    query = {name: one for name, one in {**query, "iss": spoilt}.items() if one is not None}
    assert problem(lambda: us.identity.finish(begun.pending, query)) == not_proved("iss")
    assert "/token" not in us.wire.paths


def test_an_answer_need_not_name_a_provider_that_does_not_say_so(false: Deceit) -> None:
    false.provider.hand_out(false.token())
    assert false.finish().subject == "001"
    assert problem(lambda: false.finish(iss="https://elsewhere.example")) == not_proved("iss")


def test_ten_minutes_are_enough(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = BROWSER.sign_in(begun.address)
    us.clock.later(minutes=10, seconds=1)
    assert problem(lambda: us.identity.finish(begun.pending, query)) == not_proved("pending")


def test_a_sign_in_that_has_not_begun_yet(provider: OpenIdProvider) -> None:
    us = at(provider)
    begun = us.identity.begin()
    query = BROWSER.sign_in(begun.address)
    us.clock.later(minutes=-2)
    assert problem(lambda: us.identity.finish(begun.pending, query)) == not_proved("pending")


def test_new_keys_of_the_provider_are_fetched_but_not_twice_a_minute(own_provider: OpenIdProvider) -> None:
    us = at(own_provider)

    def sign_in() -> str:
        begun = us.identity.begin()
        return us.identity.finish(begun.pending, BROWSER.sign_in(begun.address)).subject

    assert sign_in() == AN.sub
    own_provider.rotate()
    assert sign_in() == AN.sub
    assert us.wire.paths.count("/jwks.json") == 2
    own_provider.rotate()
    assert problem(sign_in) == not_proved("signature")
    assert problem(sign_in) == not_proved("signature")
    assert us.wire.paths.count("/jwks.json") == 2
    us.clock.later(minutes=1)
    assert sign_in() == AN.sub
    assert us.wire.paths.count("/jwks.json") == 3


def test_the_provider_goes_down_and_comes_back(own_provider: OpenIdProvider) -> None:
    us = at(own_provider)
    begun = us.identity.begin()
    query = BROWSER.sign_in(begun.address)
    own_provider.stop()
    assert problem(lambda: us.identity.finish(begun.pending, query)) == DOWN
    us.clock.later(hours=1)
    assert problem(us.identity.begin) == DOWN
    us.clock.later(hours=-1)
    own_provider.start()
    begun = us.identity.begin()
    assert us.identity.finish(begun.pending, BROWSER.sign_in(begun.address)).subject == AN.sub


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("access_denied", ("identity-refused", "")),
        ("consent_required", ("identity-refused", "")),
        ("server_error", DOWN),
        ("temporarily_unavailable", DOWN),
        ("invalid_request", not_proved("error")),
        ("<script>", not_proved("error")),
    ],
)
def test_errors_that_come_back_with_the_person(false: Deceit, error: str, expected: tuple[str, str]) -> None:
    assert problem(lambda: false.finish(error=error)) == expected
    assert problem(lambda: false.finish(error=error, state="x")) == not_proved("state")


@pytest.mark.parametrize("code", ["", "x" * 4097])
def test_no_code(false: Deceit, code: str) -> None:
    assert problem(lambda: false.finish(code=code)) == not_proved("code")


@pytest.mark.parametrize(
    ("number", "error", "expected"),
    [
        (400, {"error": "invalid_grant"}, not_proved("code")),
        (200, {"error": "bad_verification_code"}, not_proved("code")),
        (401, {"error": "invalid_client"}, DOWN),
        (400, {"error": "unauthorized_client"}, DOWN),
        (401, {}, DOWN),
        (400, {"error": ["invalid_grant"]}, not_proved("code")),
        (503, {"error": "invalid_grant"}, DOWN),
        (302, {"error": "invalid_grant"}, DOWN),
    ],
)
def test_what_the_token_endpoint_answers(
    false: Deceit, number: int, error: dict[str, object], expected: tuple[str, str]
) -> None:
    false.us.wire.instead["/token"] = Answer(number, json.dumps(error).encode())
    assert problem(false.finish) == expected


def test_the_name_may_be_told_by_userinfo(false: Deceit) -> None:
    false.provider.describe(userinfo_endpoint=false.provider.url("/userinfo"))
    false.us.clock.later(hours=1)
    told = {
        "sub": "001",
        "name": "Trần Bình",
        "email": "b@example.vn",
        "email_verified": True,
        "iss": "x",
        "amr": ["x"],
    }
    false.provider.server.answers["/userinfo"] = said(told)
    now = replace(false, pending=false.us.identity.begin().pending)
    false.provider.hand_out(now.token(name=None))
    identity = now.finish()
    assert (identity.name, identity.email, identity.methods) == ("Trần Bình", "b@example.vn", ())
    assert headers_of(false.us.wire.asked[-1])["Authorization"] == f"Bearer {ACCESS}"
    false.provider.hand_out(now.token(name=None, email="an@example.vn", email_verified=True))
    assert now.finish().email == "b@example.vn"
    del told["email_verified"]
    false.provider.server.answers["/userinfo"] = said(told)
    assert now.finish().email == ""
    del told["email"]
    false.provider.server.answers["/userinfo"] = said(told)
    assert now.finish().email == "an@example.vn"
    false.provider.server.answers["/userinfo"] = said({**told, "sub": "002"})
    assert problem(now.finish) == not_proved("userinfo")
    false.provider.server.answers["/userinfo"] = status(500)
    assert now.finish().name == ""


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_email_address_must_be_verified(false: Deceit, verified: object) -> None:
    false.provider.hand_out(false.token(email="an@example.vn", email_verified=verified))
    assert false.finish().email == ""
    false.provider.hand_out(false.token(email="an@example.vn", email_verified=True))
    assert false.finish().email == "an@example.vn"


@pytest.mark.parametrize("name", ["An\u202e", "A\ud800n", "A\nn", 7, "A" * 301])
def test_a_name_that_cannot_be_shown_is_none(false: Deceit, name: object) -> None:
    false.provider.hand_out(false.token(name=name))
    assert false.finish().name == ""


def test_how_the_person_signed_in(false: Deceit) -> None:
    when = int(false.us.clock.now().timestamp()) - 30
    false.provider.hand_out(false.token(amr=["otp", 3, "pwd"], auth_time=when))
    identity = false.finish()
    assert identity.methods == ("otp", "pwd")
    assert int(identity.signed_in_at.timestamp()) == when


def test_what_the_browser_keeps_survives_json(false: Deceit) -> None:
    kept = json.loads(json.dumps(replace(false.pending, fresh=True).as_data()))
    assert Pending.from_data(kept) == replace(false.pending, fresh=True)


@pytest.mark.parametrize(
    "change",
    [
        {"state": ""},
        {"nonce": None},
        {"verifier": 7},
        {"begun_at": "2026-01-01"},
        {"begun_at": True},
        {"begun_at": float("nan")},
        {"begun_at": 10**20},
        {"fresh": "yes"},
        {"more": 1},
    ],
)
def test_what_the_browser_keeps_is_read_strictly(false: Deceit, change: dict[str, object]) -> None:
    assert problem(lambda: Pending.from_data({**false.pending.as_data(), **change})) == not_proved("pending")


@pytest.mark.parametrize("data", [None, {}, [], "x"])
def test_no_sign_in_is_under_way(data: object) -> None:
    assert problem(lambda: Pending.from_data(data)) == not_proved("pending")


def test_nothing_secret_shows(false: Deceit) -> None:
    token = false.token(rsa_key("foreign"))
    secrets = [US.client_secret, ACCESS, token, token.split(".")[1], "a-code-00000000"]
    begun = false.us.identity.begin()
    for pending in (false.pending, begun.pending):
        secrets += [pending.state, pending.nonce, pending.verifier]
    shown = [repr(false.us.identity), repr(begun)]
    shown.append(repr(false.pending))
    spoilt = [false.token(nonce="x"), false.token(aud="x"), token, "x", signed([], rsa_key())]
    with capture_logs() as logs:
        for one in spoilt:
            false.provider.hand_out(one)
            with pytest.raises(BadRequest) as caught:
                false.finish()
            shown += [repr(caught.value), str(caught.value.problem), repr(caught.value.__context__)]
        false.provider.server.answers["/token"] = status(500)
        problem(false.finish)
    assert len(logs) == len(spoilt) + 1
    for secret in secrets:
        assert secret not in f"{shown} {logs}"
