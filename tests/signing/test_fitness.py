from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests.pki.certificates import Spec
from tests.pki.status import Revoked
from tests.pki.world import AT, FRESH, LEAF, World, day, trust_snapshot, world
from verifier.check import Filled
from verifier.evidence import AnyCrl, Gap
from verifier.policy import make_policy
from verifier.signing.fitness import Fitness
from verifier.signing.records import Algorithm, HeldKey, Kind, Role
from verifier.snapshot import TrustSnapshot

R = TypeVar("R")
KIND = Kind.CONSULAR_CERTIFICATION
POLICY = make_policy(name="test")
URL = "http://127.0.0.1/ca.crl"
SIGNER = LEAF.but(crl_urls=(URL,))


class Here:
    """Runs where it is called, as a worker would."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        return function(*args)


@dataclass
class Clock:
    instant: datetime = AT

    def now(self) -> datetime:
        return self.instant


@dataclass
class Library:
    """Gives the same CRLs to whoever asks first."""

    crls: tuple[AnyCrl, ...]
    begun: int = 0

    def begin(self) -> Gathers:
        self.begun += 1
        return Gathers(self.crls)


@dataclass
class Gathers:
    crls: tuple[AnyCrl, ...]
    asked: list[int] = field(default_factory=list)

    def fill(self, gaps: Sequence[Gap]) -> Filled:
        self.asked.append(len(gaps))
        return Filled(crls=self.crls, asked=1 if gaps and len(self.asked) == 1 else 0)


def public_service(used: World, branch: str = "vn-government") -> TrustSnapshot:
    """The world's roots, as anchors of a branch."""
    plain = trust_snapshot(used)
    return replace(plain, anchors=tuple(replace(one, branch=branch) for one in plain.anchors))


def key(used: World) -> HeldKey:
    chain = (used.ca.der,)
    return HeldKey("seal", "G08.09", Role.AGENCY, Algorithm.ECDSA_SHA256, used.leaf.der, chain, "pkcs12")


@dataclass
class House:
    """All that fitness needs, sound until one thing is spoiled."""

    used: World
    trust: TrustSnapshot
    library: Library
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def of(cls, leaf: Spec = SIGNER, revoked: bool = False, at: datetime = FRESH) -> House:  # noqa: FBT001, FBT002
        used = world(leaf=leaf)
        gone = [Revoked(used.leaf, day(2026, 1, 5))] if revoked else []
        return cls(used, public_service(used), Library(used.signer_crls(at, None, *gone)))

    @property
    def fitness(self) -> Fitness:
        return Fitness(lambda: self.trust, lambda: POLICY, self.library, Here(), self.clock)

    def code(self, kind: Kind = KIND) -> str:
        problem = self.fitness.problem(key(self.used), kind)
        return "" if problem is None else problem.code


def test_a_key_under_the_public_service_root_may_sign() -> None:
    assert House.of().code() == ""


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        (SIGNER.but(not_after=day(2026, 11, 21)), "certificate-expired"),
        (SIGNER.but(not_before=day(2026, 11, 23)), "certificate-not-yet-valid"),
        (SIGNER.but(usage=frozenset({"key_encipherment"})), "certificate-restricted"),
        (SIGNER.but(extended=("server_auth",)), "certificate-restricted"),
        (SIGNER.but(extended=("time_stamping",)), "certificate-restricted"),
        (SIGNER.but(extended=("email_protection",)), ""),
        (SIGNER.but(usage=frozenset({"non_repudiation"})), ""),
        (SIGNER.but(digest="sha1"), "certificate-weak"),
    ],
)
def test_what_the_certificate_itself_says(leaf: Spec, code: str) -> None:
    assert House.of(leaf).code() == code


def test_a_revoked_certificate_does_not_sign() -> None:
    assert House.of(revoked=True).code() == "certificate-revoked"


def test_an_unknown_status_is_not_good() -> None:
    house = House.of()
    house.library = Library(())

    assert house.code() == "certificate-status-unknown"


def test_an_old_status_is_not_good() -> None:
    assert House.of(at=day(2026, 6, 1)).code() == "certificate-status-unknown"


@pytest.mark.parametrize("branch", ["vn-public", "foreign", "own", ""])
def test_trust_of_another_branch_is_not_enough(branch: str) -> None:
    house = House.of()
    house.trust = public_service(house.used, branch)

    assert house.code() == "certificate-not-public-service"


def test_a_trusted_signer_beside_the_public_service_root_is_told_apart_from_a_stranger() -> None:
    house, other = House.of(), world(root=LEAF.but(name="Another root", ca=True))
    ours = public_service(other).anchors
    house.trust = replace(house.trust, anchors=(*ours, *public_service(house.used, "vn-public").anchors))
    assert house.code() == "certificate-not-public-service"

    house.trust = replace(house.trust, anchors=ours)
    assert house.code() == "certificate-not-trusted"


def test_the_status_is_asked_again_after_a_minute() -> None:
    house = House.of()
    fitness = house.fitness
    for seconds in (0, 30, 61, -30):
        house.clock.instant = AT + timedelta(seconds=seconds)
        assert fitness.problem(key(house.used), KIND) is None

    assert house.library.begun == 3


def test_what_is_trusted_is_never_remembered() -> None:
    house = House.of()
    fitness = house.fitness
    assert fitness.problem(key(house.used), KIND) is None

    house.trust = public_service(house.used, "foreign")
    problem = fitness.problem(key(house.used), KIND)

    assert problem is not None
    assert problem.code == "certificate-not-public-service"


def test_what_is_no_certificate() -> None:
    house = House.of()
    broken = replace(key(house.used), certificate=b"\x30\x00")

    problem = house.fitness.problem(broken, KIND)

    assert problem is not None
    assert problem.code == "certificate-unreadable"
