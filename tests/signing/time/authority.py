"""A time-stamping authority over real HTTP on loopback, sound unless one thing of it is spoiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from asn1crypto import cms, tsp

from tests.outside.servers import Answer, body
from tests.pki import AT, Identity, World, make_token, trust_snapshot, world
from verifier.check import Filled
from verifier.evidence import Gap
from verifier.outside.clock import FixedClock
from verifier.outside.fetch import Fetcher
from verifier.policy import Policy, make_policy
from verifier.signing.time.stampers import Stampers
from verifier.trust.der import encoded

PATH = "/tsa"


@dataclass
class Authority:
    """What it does; each request is remembered."""

    at: datetime = AT
    used: World = field(default_factory=world)
    tsa: Identity | None = None
    chain: tuple[Identity, ...] | None = None
    other_nonce: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    """As `make_token`."""
    asked: list[tsp.TimeStampReq] = field(default_factory=list)

    def token(self, asked: tsp.TimeStampReq) -> bytes:
        chain = (self.used.tsa_ca,) if self.chain is None else self.chain
        imprint = asked["message_imprint"]
        told = {
            "imprint": imprint["hashed_message"].native,
            "imprint_digest": imprint["hash_algorithm"]["algorithm"].native,
            "nonce": int(asked["nonce"].native) + self.other_nonce,
            "chain": chain,
            **self.options,
        }
        return make_token(self.tsa or self.used.tsa, self.at, b"", **told)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request whose body the server has read."""
        asked = tsp.TimeStampReq.load(last_body(handler))
        self.asked.append(asked)
        body(granted(self.token(asked)))(handler)


def granted(token: bytes) -> bytes:
    answer = {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
    return bytes(tsp.TimeStampResp(answer).dump())


def refused(status: str, text: str = "", reason: str = "") -> Answer:
    info: dict[str, Any] = {"status": status}
    if text:
        info["status_string"] = [text]
    if reason:
        info["fail_info"] = {reason}
    return body(encoded(0x30, bytes(tsp.PKIStatusInfo(info).dump())))


def last_body(handler: BaseHTTPRequestHandler) -> bytes:
    return handler.body  # type: ignore[attr-defined, no-any-return]


@dataclass
class Given:
    """Gathers what it was given, once a document."""

    crls: tuple[bytes, ...]
    left: bool = True
    begun: int = 0

    def begin(self) -> Given:
        return Given(self.crls)

    def fill(self, gaps: Sequence[Gap]) -> Filled:
        if not self.left or not gaps:
            return Filled()
        self.left = False
        return Filled(crls=self.crls, asked=1)


def policy() -> Policy:
    return make_policy(name="test")


def stampers(
    addresses: Sequence[str],
    hosts: Sequence[str],
    *,
    used: World | None = None,
    gatherer: Given | None = None,
    now: datetime = AT,
    **options: Any,
) -> Stampers:
    here = used or world()
    return Stampers(
        addresses,
        Fetcher(hosts),
        FixedClock(now),
        lambda: trust_snapshot(here),
        policy,
        gatherer or Given(here.tsa_crls(AT.replace(hour=1))),
        **options,
    )
