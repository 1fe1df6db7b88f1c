"""For tests of signing in: a clock and a wire that can be spoilt, and a false provider that signs anything."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from tests.outside.servers import Server, body, serving
from tests.support.openid_provider import BACK, US, OpenIdProvider
from verifier.demo.identity_provider import DemoClient
from verifier.errors import BadRequest
from verifier.outside.clock import SystemClock
from verifier.outside.discovery import host_and_port
from verifier.outside.fetch import Answer, Fetcher, FetchLimits, Request
from verifier.outside.identity import Identity, IdentityProvider, Pending

TLS = ssl.create_default_context()
"""Made once, as that takes a while."""
ACCESS = "access-token-00000000"
SECONDS = 7.0
Claims = dict[str, Any]


@dataclass
class Clock:
    """The time of this machine, and a shift."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.shift

    def later(self, **by: float) -> None:
        self.shift += timedelta(**by)


@dataclass
class Wire:
    """Passes on what is asked, remembers it, and gives other answers where it is told to."""

    passes_to: Fetcher
    asked: list[Request] = field(default_factory=list)
    answered: list[Answer] = field(default_factory=list)
    instead: dict[str, Answer] = field(default_factory=dict)
    """By path."""
    impatient: dict[str, float] = field(default_factory=dict)
    """Seconds that are waited, by path."""
    limits: list[FetchLimits | None] = field(default_factory=list)

    def ask(self, request: Request, limits: FetchLimits | None = None) -> Answer:
        path = urlsplit(request.url).path
        self.asked.append(request)
        self.limits.append(limits)
        if limits and path in self.impatient:
            limits = replace(limits, seconds=self.impatient[path])
        answer = self.instead.get(path) or self.passes_to.ask(request, limits)
        self.answered.append(answer)
        return answer

    @property
    def paths(self) -> list[str]:
        return [urlsplit(one.url).path for one in self.asked]


@dataclass(frozen=True)
class Party:
    """This service, as one provider knows it."""

    identity: IdentityProvider
    clock: Clock
    wire: Wire


def party(issuer: str, client: DemoClient = US) -> Party:
    clock, wire = Clock(), Wire(Fetcher([host_and_port(issuer)], tls=TLS))
    identity = IdentityProvider(
        issuer, client.client_id, client.client_secret, BACK, clock, name="VNeID", timeout=SECONDS, http=wire
    )
    return Party(identity, clock, wire)


def at(provider: OpenIdProvider, client: DemoClient = US) -> Party:
    return party(provider.issuer, client)


def problem(work: Callable[[], object]) -> tuple[str, str]:
    """Return the code, and the check that failed where it says one."""
    with pytest.raises(BadRequest) as caught:
        work()
    return caught.value.problem.code, caught.value.problem.params.get("check", "")


DOWN = ("identity-provider-down", "")


def not_proved(check: str) -> tuple[str, str]:
    return "identity-not-proved", check


@cache
def rsa_key(kid: str = "one", bits: int = 2048) -> RSAKey:
    return RSAKey.generate_key(bits, parameters={"kid": kid}, private=True)


@cache
def ec_key(kid: str = "ec") -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": kid}, private=True)


def signed(claims: object, key: Key, algorithm: str = "RS256", **header: Any) -> str:
    head = {"alg": algorithm, **({"kid": key.kid} if key.kid else {}), **header}
    return jws.serialize_compact(head, json.dumps(claims).encode(), key, algorithms=[algorithm])


def unsigned(claims: Claims, algorithm: str = "none") -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": algorithm, "kid": "one"}, claims))
    return ".".join(map(coded, parts)) + "."


def under_secret(claims: Claims, secret: bytes) -> str:
    text = unsigned(claims, "HS256").removesuffix(".")
    return f"{text}.{coded(hmac.digest(secret, text.encode(), 'sha256'))}"


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def said(content: object) -> Callable[[BaseHTTPRequestHandler], None]:
    return body(json.dumps(content).encode(), Content_Type="application/json")


class FalseProvider:
    """Says whatever it is told to say."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.issuer = f"http://{server.host}"
        self.description: Claims = {
            "issuer": self.issuer,
            "authorization_endpoint": self.url("/authorization"),
            "token_endpoint": self.url("/token"),
            "jwks_uri": self.url("/jwks"),
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "HS256", "none"],
        }
        self.describe()
        self.publish(rsa_key(), ec_key())

    def url(self, path: str) -> str:
        return self.server.url(path)

    def describe(self, **changes: object) -> None:
        self.description |= changes
        self.server.answers["/.well-known/openid-configuration"] = said(self.description)

    def publish(self, *keys: Key) -> None:
        self.server.answers["/jwks"] = said({"keys": [one.as_dict(private=False) for one in keys]})

    def hand_out(self, token: object, **changes: object) -> None:
        tokens = {"id_token": token, "access_token": ACCESS, "token_type": "Bearer", **changes}
        self.server.answers["/token"] = said({name: one for name, one in tokens.items() if one is not None})

    def claims(self, pending: Pending, clock: Clock, **changes: object) -> Claims:
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "001",
            "aud": US.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": pending.nonce,
            "name": "Nguyễn Thị Ấn",
            **changes,
        }
        return {name: one for name, one in claims.items() if one is not None}


@dataclass(frozen=True)
class Deceit:
    """A false provider, us before it, and a sign-in that has begun."""

    provider: FalseProvider
    us: Party
    pending: Pending

    def token(self, key: Key | None = None, algorithm: str = "RS256", /, **changes: object) -> str:
        return signed(self.provider.claims(self.pending, self.us.clock, **changes), key or rsa_key(), algorithm)

    def finish(self, **query: str) -> Identity:
        query = {"state": self.pending.state, "code": "a-code-00000000", **query}
        return self.us.identity.finish(self.pending, query)

    def said_of(self, token: object, **changes: object) -> tuple[str, str]:
        self.provider.hand_out(token, **changes)
        return problem(self.finish)


@contextmanager
def deceit(*, fresh: bool = False) -> Iterator[Deceit]:
    with serving({}) as server:
        provider = FalseProvider(server)
        us = party(provider.issuer)
        yield Deceit(provider, us, us.identity.begin(fresh=fresh).pending)


def headers_of(request: Request) -> Mapping[str, str]:
    return dict(request.headers)
