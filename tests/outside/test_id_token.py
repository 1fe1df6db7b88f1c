from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.outside.identities import (
    ACCESS,
    DOWN,
    Deceit,
    coded,
    deceit,
    ec_key,
    not_proved,
    problem,
    rsa_key,
    said,
    signed,
    under_secret,
    unsigned,
)
from tests.support.openid_provider import US
from verifier.outside.id_token import MAX_KEYS, MAX_TOKEN, keys_of


@pytest.fixture
def false() -> Iterator[Deceit]:
    with deceit() as one:
        yield one


@pytest.fixture
def fresh() -> Iterator[Deceit]:
    with deceit(fresh=True) as one:
        yield one


def half_hash(text: str) -> str:
    return coded(hashlib.sha256(text.encode()).digest()[:16])


def test_a_good_token_of_each_kind(false: Deceit) -> None:
    for key, algorithm in ((rsa_key(), "RS256"), (rsa_key(), "PS256"), (ec_key(), "ES256")):
        false.provider.hand_out(false.token(key, algorithm, at_hash=half_hash(ACCESS)))
        assert false.finish().subject == "001"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "Ấn"}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"aud": "tax-office"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": {US.client_id: 1}}, "aud"),
        ({"aud": [US.client_id, "tax-office"]}, "azp"),
        ({"aud": [US.client_id, "tax-office"], "azp": "tax-office"}, "azp"),
        ({"azp": "tax-office"}, "azp"),
        ({"exp": None}, "exp"),
        ({"exp": math.nan}, "exp"),
        ({"exp": math.inf}, "exp"),
        ({"exp": 10**30}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": "2030"}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": -1}, "iat"),
        ({"nbf": "x"}, "nbf"),
        ({"nonce": None}, "nonce"),
        ({"nonce": "x"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": ["x"]}, "nonce"),
        ({"nonce": "\ud800"}, "nonce"),
        ({"at_hash": half_hash("x")}, "at_hash"),
        ({"at_hash": None, "auth_time": "x"}, "auth_time"),
        ({"at_hash": ""}, "at_hash"),
        ({"at_hash": 7}, "at_hash"),
    ],
)
def test_a_claim_is_spoilt(false: Deceit, change: dict[str, object], check: str) -> None:
    assert false.said_of(false.token(**change)) == not_proved(check)


def test_several_audiences_where_the_token_was_given_to_us(false: Deceit) -> None:
    false.provider.hand_out(false.token(aud=["tax-office", US.client_id], azp=US.client_id))
    assert false.finish().subject == "001"


@pytest.mark.parametrize(
    ("name", "good", "bad", "check"),
    [
        ("exp", -50, -61, "exp"),
        ("iat", 50, 70, "iat"),
        ("iat", -590, -610, "iat"),
        ("nbf", 50, 70, "nbf"),
        ("auth_time", 50, 70, "auth_time"),
    ],
)
def test_times_may_be_off_by_so_much(false: Deceit, name: str, good: int, bad: int, check: str) -> None:
    now = int(false.us.clock.now().timestamp())
    false.provider.hand_out(false.token(**{name: now + good}))
    assert false.finish().subject == "001"
    assert false.said_of(false.token(**{name: now + bad})) == not_proved(check)


def test_a_fresh_sign_in_must_be_one(fresh: Deceit) -> None:
    now = int(fresh.us.clock.now().timestamp())
    assert fresh.said_of(fresh.token()) == not_proved("auth_time")
    assert fresh.said_of(fresh.token(auth_time=now - 120)) == not_proved("auth_time")
    fresh.provider.hand_out(fresh.token(auth_time=now))
    assert fresh.finish().subject == "001"


def test_an_old_sign_in_is_enough_where_none_was_asked_for(false: Deceit) -> None:
    now = int(false.us.clock.now().timestamp())
    false.provider.hand_out(false.token(auth_time=now - 7200))
    assert false.finish().subject == "001"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "RS256"])
def test_a_token_without_signature(false: Deceit, algorithm: str) -> None:
    claims = false.provider.claims(false.pending, false.us.clock)
    check = "signature" if algorithm == "RS256" else "algorithm"
    assert false.said_of(unsigned(claims, algorithm)) == not_proved(check)


def test_a_token_under_a_secret_that_others_know(false: Deceit) -> None:
    public = rsa_key().public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = false.provider.claims(false.pending, false.us.clock)
    for secret in (US.client_secret.encode(), public, b""):
        assert false.said_of(under_secret(claims, secret)) == not_proved("algorithm")


def test_a_secret_that_the_provider_publishes_as_key(false: Deceit) -> None:
    key = OctKey.import_key({"kty": "oct", "kid": "one", "k": "c2VjcmV0" * 8})
    false.provider.server.answers["/jwks"] = said({"keys": [key.as_dict(private=True)]})
    assert false.said_of(false.token(key, "HS256")) == not_proved("algorithm")
    assert false.said_of(false.token()) == not_proved("signature")


def test_another_key_under_the_same_name(false: Deceit) -> None:
    foreign = RSAKey.generate_key(2048, parameters={"kid": "one"})
    assert false.said_of(false.token(foreign)) == not_proved("signature")


def test_a_key_under_another_name(false: Deceit) -> None:
    claims = false.provider.claims(false.pending, false.us.clock)
    assert false.said_of(signed(claims, rsa_key(), kid="other")) == not_proved("signature")


def test_a_key_that_the_provider_has_not_published(false: Deceit) -> None:
    assert false.said_of(false.token(rsa_key("new"))) == not_proved("signature")
    false.provider.publish(rsa_key("new"))
    assert false.said_of(false.token(rsa_key("new"))) == not_proved("signature")
    false.us.clock.later(minutes=1)
    assert false.finish().subject == "001"


def test_an_algorithm_that_the_provider_does_not_announce(false: Deceit) -> None:
    assert false.said_of(false.token(rsa_key(), "RS512")) == not_proved("algorithm")


def test_a_key_of_another_kind(false: Deceit) -> None:
    false.provider.publish(rsa_key("ec"))
    assert false.said_of(false.token(ec_key(), "ES256")) == not_proved("signature")


def test_a_key_for_another_algorithm(false: Deceit) -> None:
    published = {**rsa_key().as_dict(private=False), "alg": "PS256"}
    false.provider.server.answers["/jwks"] = said({"keys": [published]})
    assert false.said_of(false.token()) == not_proved("signature")
    false.provider.hand_out(false.token(rsa_key(), "PS256"))
    assert false.finish().subject == "001"


def test_a_token_that_names_no_key(false: Deceit) -> None:
    claims = false.provider.claims(false.pending, false.us.clock)
    token = jws.serialize_compact({"alg": "RS256"}, json.dumps(claims), rsa_key(), algorithms=["RS256"])
    false.provider.publish(rsa_key("other"), rsa_key())
    false.provider.hand_out(token)
    assert false.finish().subject == "001"


@pytest.mark.parametrize(
    "token",
    [None, "", 7, ["a.b.c"], "a.b", "a.b.c.d.e", "ấ.b.c", "e30.e30.e30", "W10.e30.", "x" * 16385, "x.y.z"],
)
def test_something_that_is_no_token(false: Deceit, token: object) -> None:
    code, check = false.said_of(token)
    assert (code, check in ("token", "algorithm")) == ("identity-not-proved", True)


def test_a_token_that_is_too_long(false: Deceit) -> None:
    false.provider.hand_out(false.token(more="x" * 5000))
    assert false.finish().subject == "001"
    assert false.said_of(false.token(more="x" * MAX_TOKEN)) == not_proved("token")


def test_an_empty_nonce_is_none(false: Deceit) -> None:
    empty = replace(false, pending=replace(false.pending, nonce=""))
    assert empty.said_of(empty.token()) == not_proved("nonce")


@pytest.mark.parametrize("payload", [b"[]", b"null", b"", b"\xff", b"[" * 9000, b'{"a":' * 1000])
def test_a_token_with_another_content(false: Deceit, payload: bytes) -> None:
    token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload, rsa_key(), algorithms=["RS256"])
    assert false.said_of(token) == not_proved("token")


@pytest.mark.parametrize(
    "header", [b"[" * 9000, b'["alg"]', b"null", b'{"alg":["RS256"]}', b'{"alg":"RS256","crit":["x"]}']
)
def test_a_token_with_another_header(false: Deceit, header: bytes) -> None:
    _, payload, signature = false.token().split(".")
    code, check = false.said_of(f"{coded(header)}.{payload}.{signature}")
    assert (code, check in ("token", "algorithm")) == ("identity-not-proved", True)


def test_an_extension_that_must_be_understood(false: Deceit) -> None:
    claims = false.provider.claims(false.pending, false.us.clock)
    token = signed(claims, rsa_key(), crit=["b64"], b64=True)
    assert false.said_of(token) == not_proved("token")


@pytest.mark.parametrize("change", [{"access_token": None}, {"access_token": "a\r\nb"}, {"token_type": "mac"}])
def test_no_usable_access_token(false: Deceit, change: dict[str, object]) -> None:
    assert false.said_of(false.token(), **change) == not_proved("token")


def test_keys_that_cannot_be_used_are_passed_over() -> None:
    good = rsa_key().as_dict(private=False)
    curve = ec_key().as_dict(private=False)
    weak, huge = coded(b"\xff" * 128), coded(b"\xff" * 1025)
    useless: list[object] = [
        None,
        [],
        {},
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        {**good, "n": 7},
        {**good, "n": "*"},
        {**good, "n": weak},
        {**good, "n": huge},
        {**good, "e": "*"},
        {**good, "e": "AA"},
        {**good, "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {**curve, "crv": "P-999"},
        {**curve, "x": curve["y"]},
        {**curve, "x": "AA"},
        {**curve, "crv": "P-384"},
    ]
    found = keys_of({"keys": [*useless, good, curve]})
    assert [one.kid for one in found] == ["one", "ec"]


def test_only_so_many_keys_are_looked_at() -> None:
    assert len(keys_of({"keys": [ec_key().as_dict(private=False)] * (MAX_KEYS + 1)})) == MAX_KEYS


def test_private_parts_that_a_provider_publishes_by_mistake_are_not_kept() -> None:
    for key in (rsa_key(), ec_key()):
        (found,) = keys_of({"keys": [key.as_dict(private=True)]})
        assert not found.key.is_private


def test_keys_that_are_no_set(false: Deceit) -> None:
    for content in ({}, {"keys": None}, {"keys": "x"}):
        false.provider.server.answers["/jwks"] = said(content)
        assert false.said_of(false.token()) == DOWN


def test_no_keys_at_all(false: Deceit) -> None:
    false.provider.publish()
    assert false.said_of(false.token()) == not_proved("signature")


def test_a_curve_that_the_algorithm_is_not_for(false: Deceit) -> None:
    other = ECKey.generate_key("P-384", parameters={"kid": "p384"})
    false.provider.publish(other)
    token = false.token(ec_key("p384"), "ES256")
    assert false.said_of(token) == not_proved("signature")


def test_the_sign_in_of_another_nonce_is_not_mixed_up(false: Deceit) -> None:
    other = replace(false, pending=false.us.identity.begin().pending)
    false.provider.hand_out(other.token())
    assert problem(false.finish) == not_proved("nonce")
    assert other.finish().subject == "001"
