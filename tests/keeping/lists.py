"""A keeper of trust in memory, lists of a make-believe operator, and hosts that hold them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.pki.certificates import Identity
from tests.trust.lists.builder import LIST_OF_LISTS, Signing, a_list, operator, pointer, provider, signed
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request, origin_of
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.trust.store import snapshot_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = "https://tsl.example/VN.xml"
SCHEME = Scheme("vn-neac", "NEAC", PLACE, "VN", "vn-public", (operator().der,), refresh="automatic")


def a_signed_list(
    number: int = 7,
    *,
    by: Identity | None = None,
    until: datetime | None = None,
    spoil: tuple[str, str] = ("", ""),
    territory: str = "VN",
) -> bytes:
    xml = a_list(provider()).replace("<TSLSequenceNumber>7", f"<TSLSequenceNumber>{number}")
    xml = xml.replace("<SchemeTerritory>VN", f"<SchemeTerritory>{territory}")
    if until:
        xml = xml.replace("2027-03-01T00:00:00Z", f"{until:%Y-%m-%dT%H:%M:%SZ}")
    return signed(xml.replace(*spoil) if spoil[0] else xml, Signing(by=by or operator()))


def a_list_of_lists(*territories: str, number: int = 1) -> bytes:
    pointers = "".join(pointer(one) for one in territories)
    xml = a_list(kind=LIST_OF_LISTS, pointers=pointers, content=False)
    xml = xml.replace("<TSLSequenceNumber>7", f"<TSLSequenceNumber>{number}")
    return signed(xml.replace("<SchemeTerritory>VN", "<SchemeTerritory>EU"), Signing())


@dataclass
class Hosts:
    """Answers by address; what is not there is HTTP 404."""

    answers: dict[str, bytes | Failure] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    limits: list[FetchLimits] = field(default_factory=list)

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        self.asked.append(request.url)
        self.limits.append(limits or FetchLimits())
        answer = self.answers.get(request.url)
        if answer is None:
            raise FetchFailed(Failure.HTTP_STATUS, status="404")
        if isinstance(answer, Failure):
            failed = FetchFailed(answer)
            failed.dead = origin_of(request.url)
            raise failed
        return answer


@dataclass
class Archive:
    files: dict[str, bytes] = field(default_factory=dict)

    def keep(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.files[name] = data
        return name


@dataclass
class Keeper:
    """Holds one snapshot; `others` come into use just before the next adoptions."""

    used: TrustSnapshot
    archive: Archive = field(default_factory=Archive)
    reasons: list[str] = field(default_factory=list)
    others: list[TrustSnapshot] = field(default_factory=list)

    def snapshot(self) -> TrustSnapshot:
        return self.used

    def adopt_refreshed(
        self, snapshot: TrustSnapshot, reason: str, now: datetime, *, base: str, by: str = "refresh"
    ) -> bool:
        if self.others:
            self.used = self.others.pop(0)
        if self.used.id != base:
            return False
        self.used = snapshot
        self.reasons.append(reason)
        return True

    def scheme(self, id_: str) -> Scheme:
        return next(one for one in self.used.schemes if one.id == id_)


def keeper_of(*schemes: Scheme) -> Keeper:
    return Keeper(snapshot_of((), schemes=schemes or (SCHEME,)))


def in_use(number: int = 7, **changes: object) -> Scheme:
    """The scheme with a list of that number taken over a week ago."""
    before = AT - timedelta(days=7)
    used = replace(SCHEME, sequence=number, sha256="0" * 64, issued=before - timedelta(days=90), next_update=None)
    return replace(used, **changes)  # type: ignore[arg-type]
