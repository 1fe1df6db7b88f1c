"""A small world with addresses, a make-believe network and a stamping authority, for completing documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from tests.outside.net import Answers, Net
from tests.pki import AT, Identity, World, day, make_crl, make_ocsp, make_token, signed_pdf, trust_snapshot, world
from tests.pki.world import CA, LEAF, TSA, TSA_CA
from verifier.errors import CouldNotIssue
from verifier.outside.clock import FixedClock
from verifier.outside.gather import Gatherer
from verifier.policy import Policy, make_policy
from verifier.signing.longterm.complete import Judging, LongTerm
from verifier.signing.records import Stamped
from verifier.snapshot import TrustSnapshot

R = TypeVar("R")

LEAF_OCSP, LEAF_CRL = "http://pki.example/ocsp", "http://pki.example/ca.crl"
ROOT_CRL, TSA_CRL, TSA_ROOT_CRL = (f"http://pki.example/{name}.crl" for name in ("root", "tsa-ca", "tsa-root"))
WORLD = world(
    leaf=LEAF.but(ocsp_urls=(LEAF_OCSP,), crl_urls=(LEAF_CRL,)),
    ca=CA.but(crl_urls=(ROOT_CRL,)),
    tsa=TSA.but(crl_urls=(TSA_CRL,)),
    tsa_ca=TSA_CA.but(crl_urls=(TSA_ROOT_CRL,)),
)
SIGNED_AT = AT - timedelta(hours=1)
EARLIER, SOON = AT - timedelta(minutes=30), AT + timedelta(days=7)


class Here:
    """A pool that works in this process."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        return function(*args)


@dataclass
class Authority:
    """Stamps at an instant; as `Stampers`, unchecked."""

    at: datetime = AT
    tsa: Identity | None = None
    used: World = WORLD
    stamped: list[bytes] = field(default_factory=list)
    silent: bool = False

    def over(self, digest: bytes, algorithm: str = "sha256") -> Stamped:
        if self.silent:
            raise CouldNotIssue("no-time-stamp", "nobody answers", tried="")
        self.stamped.append(digest)
        token = make_token(
            self.tsa or self.used.tsa,
            self.at,
            b"",
            chain=(self.used.tsa_ca,),
            imprint=digest,
            imprint_digest=algorithm,
        )
        return Stamped(token, self.at, "http://tsa.example/")


def answers(used: World = WORLD, at: datetime = EARLIER, until: datetime = SOON) -> Answers:
    """All that the network tells: OCSP for the signer, CRLs for the others."""
    return {
        LEAF_OCSP: make_ocsp(used.leaf, used.ca, at, until),
        LEAF_CRL: make_crl(used.ca, at, until),
        ROOT_CRL: make_crl(used.root, at, until),
        TSA_CRL: make_crl(used.tsa_ca, at, until),
        TSA_ROOT_CRL: make_crl(used.tsa_root, at, until),
    }


@dataclass
class House:
    """Everything around `LongTerm`, to be changed before it is made."""

    folder: Path
    used: World = WORLD
    now: datetime = AT
    net: Net = field(default_factory=lambda: Net(answers()))
    stamps: Authority = field(default_factory=Authority)
    policy: Policy = field(default_factory=lambda: make_policy(name="test"))
    own: Iterable[bytes] | None = None
    trust: TrustSnapshot | None = None

    def longterm(self) -> LongTerm:
        own = self.own
        judging = Judging(
            pool=Here(),
            trusted=lambda: self.trust or trust_snapshot(self.used),
            policy=lambda: self.policy,
            clock=FixedClock(self.now),
            gatherer=Gatherer(self.net),
            scratch=self.folder / "scratch",
            own=None if own is None else lambda: own,
        )
        return LongTerm(judging, self.stamps)

    def signed(self, level: str = "T", **options: Any) -> Path:
        """Write a document signed an hour ago."""
        made = {"claimed": SIGNED_AT, "revocation_at": EARLIER, **options}
        path = self.folder / "signed.pdf"
        path.write_bytes(signed_pdf(self.used, level, **made))
        return path

    @property
    def out(self) -> Path:
        return self.folder / "out.pdf"


YEARS_ON = day(2036, 11, 22)
