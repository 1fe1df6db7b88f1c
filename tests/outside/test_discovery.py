from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from tests.outside.identities import ACCESS, DOWN, SECONDS, Deceit, deceit, party, problem, rsa_key, said
from tests.outside.servers import Answer, body, drip_body, drip_headers, endless, serving, status
from tests.support.openid_provider import BACK, US
from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.outside.discovery import host_and_port, may_be_asked
from verifier.outside.fetch import Answer as Reply
from verifier.outside.fetch import FetchLimits
from verifier.outside.identity import MAX_ANSWER, IdentityProvider

DISCOVERY = "/.well-known/openid-configuration"
PATHS = {"discovery": DISCOVERY, "token": "/token", "jwks": "/jwks"}
HTML = body(b"<!doctype html><title>Maintenance</title>", Content_Type="text/html")


@pytest.fixture
def false() -> Iterator[Deceit]:
    with deceit() as one:
        yield one


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def hang(stop: threading.Event) -> Answer:
    def answer(_: BaseHTTPRequestHandler) -> None:
        stop.wait()

    return answer


def outcome(false: Deceit, where: str, answer: Answer) -> tuple[str, str]:
    false.provider.hand_out(false.token())
    false.provider.server.answers[PATHS[where]] = answer
    if where == "discovery":
        false.us.clock.later(hours=1)
        return problem(false.us.identity.begin)
    return problem(false.finish)


@pytest.mark.parametrize("where", PATHS)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(status(500), id="500"),
        pytest.param(status(404), id="404"),
        pytest.param(HTML, id="html"),
        pytest.param(endless, id="endless"),
        pytest.param(body(b"[]"), id="list"),
        pytest.param(body(b"[" * 100_000), id="deep"),
        pytest.param(body(b"\xff\xfe"), id="bytes"),
        pytest.param(body(b""), id="empty"),
        pytest.param(body(b" " * 300_000 + b"{}"), id="huge"),
    ],
)
def test_a_provider_that_talks_nonsense(false: Deceit, where: str, answer: Answer) -> None:
    assert outcome(false, where, answer) == DOWN


@pytest.mark.parametrize("where", PATHS)
@pytest.mark.parametrize("number", [201, 203, 302, 404, 503])
def test_only_a_plain_yes_counts(false: Deceit, where: str, number: int) -> None:
    content = {"discovery": false.provider.description, "jwks": {"keys": [rsa_key().as_dict(private=False)]}}
    tokens = {"id_token": false.token(), "access_token": ACCESS, "token_type": "Bearer"}
    good = json.dumps(content.get(where, tokens)).encode()
    false.provider.hand_out(false.token())
    false.us.wire.instead[PATHS[where]] = Reply(200, good)
    false.us.clock.later(hours=1)
    false.us.identity.begin()
    false.us.clock.later(hours=-1)
    assert false.finish().subject == "001"
    us = party(false.provider.issuer)
    us.wire.instead[PATHS[where]] = Reply(number, good)

    def sign_in() -> None:
        pending = us.identity.begin().pending
        us.identity.finish(pending, {"state": pending.state, "code": "c"})

    assert problem(sign_in) == DOWN


@pytest.mark.parametrize("where", PATHS)
@pytest.mark.parametrize("how", [hang, drip_headers, drip_body])
def test_a_provider_that_hangs(
    false: Deceit, where: str, how: Callable[[threading.Event], Answer], stop: threading.Event
) -> None:
    assert set(false.us.wire.limits) == {FetchLimits(MAX_ANSWER, SECONDS, 0)}
    false.us.wire.impatient[PATHS[where]] = 0.3
    assert outcome(false, where, how(stop)) == DOWN
    stop.set()


@pytest.mark.parametrize("where", PATHS)
@pytest.mark.parametrize("number", [302, 307])
def test_redirects_are_not_followed(false: Deceit, where: str, number: int) -> None:
    with serving({"/elsewhere": said(false.provider.description)}) as other:
        assert outcome(false, where, status(number, other.url("/elsewhere"))) == DOWN
        assert other.asked == []


def test_a_provider_that_cannot_be_reached() -> None:
    with serving({}) as server:
        issuer = f"http://{server.host}"
    assert problem(party(issuer).identity.begin) == DOWN


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://elsewhere.example/authorization"},
        {"authorization_endpoint": "https://elsewhere.example/\r\nSet-Cookie: x"},
        {"authorization_endpoint": "https://elsewhere.example/\\x"},
        {"authorization_endpoint": "https://elsewhere.example/ấ"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"token_endpoint": 7},
        {"token_endpoint": "https://user:password@elsewhere.example/token"},
        {"token_endpoint": "https://elsewhere.example:99999/token"},
        {"token_endpoint": "https://[::1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"userinfo_endpoint": "http://elsewhere.example"},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"token_endpoint_auth_methods_supported": ["tls_client_auth"]},
        {"token_endpoint_auth_methods_supported": None},
    ],
)
def test_a_description_that_cannot_be_used(false: Deceit, change: dict[str, object]) -> None:
    false.provider.describe(**change)
    false.us.clock.later(hours=1)
    assert problem(false.us.identity.begin) == DOWN


def test_the_issuer_must_be_the_same_to_the_letter(false: Deceit) -> None:
    false.provider.describe(issuer=f"{false.provider.issuer}/")
    false.us.clock.later(hours=1)
    assert problem(false.us.identity.begin) == DOWN


def test_an_address_inside_our_own_network_is_not_asked(false: Deceit) -> None:
    with serving({"/jwks": said({"keys": []})}) as inside:
        false.provider.describe(jwks_uri=inside.url("/jwks"))
        false.us.clock.later(hours=1)
        false.us.identity.begin()
        false.us.clock.later(hours=-1)
        false.provider.hand_out(false.token())
        assert problem(false.finish) == DOWN
        assert inside.asked == []


def test_the_secret_goes_into_the_form_where_the_provider_wants_it_there(false: Deceit) -> None:
    false.provider.describe(token_endpoint_auth_methods_supported=["private_key_jwt", "client_secret_post"])
    us = party(false.provider.issuer)
    pending = us.identity.begin().pending
    false.provider.hand_out("x")
    problem(lambda: us.identity.finish(pending, {"state": pending.state, "code": "c"}))
    headers, form = next((headers, form) for path, headers, form in false.provider.server.asked if path == "/token")
    assert "Authorization" not in headers
    assert f"client_secret={US.client_secret}".encode() in form


@pytest.mark.parametrize(
    "issuer",
    ["", "x", "http://idp.example", "ftp://idp.example", "https://", "https://idp.example/#x", "https://u@idp.example"],
)
def test_an_issuer_that_cannot_be_used(issuer: str) -> None:
    with pytest.raises(BadRequest) as caught:
        IdentityProvider(issuer, "us", "secret", BACK, SystemClock(), name="x")
    assert caught.value.problem.code == "bad-option"


@pytest.mark.parametrize(("client_id", "secret"), [("", "x"), ("ấ", "x"), ("us", "ấ"), ("us", "x\ny"), (" us", "x")])
def test_a_client_that_cannot_be_used(client_id: str, secret: str) -> None:
    with pytest.raises(BadRequest) as caught:
        IdentityProvider("https://idp.example", client_id, secret, BACK, SystemClock(), name="x")
    assert caught.value.problem.code == "bad-option"
    assert secret not in caught.value.problem.detail.split()


@pytest.mark.parametrize("query", ["?a=b", "?a=b&c", "?%zz", "?ui=%E1%BA%A4"])
def test_an_endpoint_with_a_query_keeps_it(false: Deceit, query: str) -> None:
    address = f"https://idp.example/authorization{query}"
    false.provider.describe(authorization_endpoint=address)
    false.us.clock.later(hours=1)
    asked = false.us.identity.begin().address
    assert asked.startswith("https://idp.example/authorization?")
    assert "&state=" in asked


@pytest.mark.parametrize(
    ("address", "issuer"),
    [
        ("https://idp.example/jwks", "https://idp.example"),
        ("https://keys.example/jwks", "https://idp.example"),
        ("http://localhost/jwks", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/jwks", "http://localhost"),
    ],
)
def test_https_anywhere_and_http_on_loopback(address: str, issuer: str) -> None:
    assert may_be_asked(address, issuer)


@pytest.mark.parametrize(
    ("address", "issuer"),
    [
        ("http://127.0.0.1:80/jwks", "https://idp.example"),
        ("http://127.0.0.1:80/jwks", "https://127.0.0.1"),
        ("http://127.0.0.1.example/jwks", "http://127.0.0.1"),
        ("http://10.0.0.1/jwks", "http://10.0.0.1"),
        ("https:///jwks", "https://idp.example"),
    ],
)
def test_http_nowhere_else(address: str, issuer: str) -> None:
    assert not may_be_asked(address, issuer)


def test_hosts_as_the_door_to_the_outside_writes_them() -> None:
    assert host_and_port("https://IdP.example/x") == "idp.example:443"
    assert host_and_port("http://[::1]/x") == "[::1]:80"
    assert host_and_port("http://127.0.0.1:8000") == "127.0.0.1:8000"
